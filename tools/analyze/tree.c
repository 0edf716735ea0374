/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "analyze/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/fold.h"
#include "analyze/sums.h"
#include "base/vec.h"

/* Below this part of the whole a branch is summed up with its brothers. */
#define SMALLEST_PART 0.005

struct node {
	struct view_sums sums;
	const void *function; /* what makes it one node: the name, or the frame */
	uint32_t parent;
	uint32_t frame;
	uint32_t child; /* first, 0 = none */
	uint32_t next;
	uint32_t children;
	uint32_t sites;
};

struct tree {
	struct node *nodes; /* 0 is the root */
	size_t count;
	size_t room;
	uint32_t *slots; /* (parent, function) -> node, 0 = free */
	size_t slot_count;
	struct view_line *lines; /* of the stack at hand */
	size_t line_room;
	struct view_node *out;
	size_t out_count;
	size_t out_room;
};

static size_t slot_of(const struct tree *t, uint32_t parent, const void *function)
{
	uint64_t hash = ((uint64_t)parent << 40 ^ (uintptr_t)function) * 0x9e3779b97f4a7c15u;
	size_t at = (hash >> 24) & (t->slot_count - 1);
	const struct node *n;

	for (; t->slots[at]; at = (at + 1) & (t->slot_count - 1)) {
		n = &t->nodes[t->slots[at]];
		if (n->parent == parent && n->function == function)
			break;
	}
	return at;
}

static int grow_slots(struct tree *t)
{
	size_t count = t->slot_count ? t->slot_count * 2 : 1024;
	uint32_t *slots, i;

	if ((t->count + 1) * 2 <= t->slot_count)
		return 0;
	slots = calloc(count, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	free(t->slots);
	t->slots = slots;
	t->slot_count = count;
	for (i = 1; i < t->count; i++)
		slots[slot_of(t, t->nodes[i].parent, t->nodes[i].function)] = i;
	return 0;
}

static int find_child(struct tree *t, uint32_t parent, const struct view_frame *frames,
		      uint32_t frame, uint32_t *child)
{
	const struct view_frame *f = &frames[frame];
	const void *function = f->function ? (const void *)f->function : (const void *)f;
	size_t slot;
	int err = grow_slots(t);

	if (!err)
		err = VEC_ROOM(t->nodes, t->room, t->count + 1);
	if (err)
		return err;
	slot = slot_of(t, parent, function);
	if (!t->slots[slot]) {
		t->nodes[t->count] = (struct node){ .function = function, .parent = parent,
						    .frame = frame,
						    .next = t->nodes[parent].child };
		t->nodes[parent].child = (uint32_t)t->count;
		t->nodes[parent].children++;
		t->slots[slot] = (uint32_t)t->count++;
	}
	*child = t->slots[slot];
	return 0;
}

static void count_in(struct node *n, const struct view_site *site)
{
	sums_add(&n->sums, &site->sums);
	n->sites++;
}

static int add_site(struct tree *t, const struct view *v, const struct view_site *site)
{
	bool inwards = v->shape == VIEW_TOP_DOWN;
	uint32_t at = 0;
	size_t count, i;
	int err;

	err = VEC_ROOM(t->lines, t->line_room, (size_t)site->shown_count + 1);
	if (err)
		return err;
	count = fold_lines(v->frames, v->stack, site, t->lines);
	count_in(&t->nodes[0], site);
	for (i = 0; i < count; i++) {
		err = find_child(t, at, v->frames, t->lines[inwards ? count - 1 - i : i].frame,
				 &at);
		if (err)
			return err;
		count_in(&t->nodes[at], site);
	}
	return 0;
}

struct order {
	const struct tree *tree;
	enum view_sort sort;
};

static int compare(const void *one, const void *two, void *user)
{
	uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)two;
	const struct order *o = user;
	int order = sums_compare(&o->tree->nodes[a].sums, &o->tree->nodes[b].sums, o->sort);

	return order ? order : a < b ? -1 : a > b;
}

static int put(struct tree *t, const struct view_node *n)
{
	int err = VEC_ROOM(t->out, t->out_room, t->out_count + 1);

	if (!err)
		t->out[t->out_count++] = *n;
	return err;
}

struct emit {
	const struct analyze_options *options;
	int64_t smallest;
	enum view_sort sort;
};

static int put_branch(struct tree *t, const struct emit *e, uint32_t parent, uint32_t depth,
		      uint32_t level);

static int put_children(struct tree *t, const struct emit *e, const uint32_t *children,
			size_t count, uint32_t depth, uint32_t level)
{
	struct view_node rest = { .depth = depth, .last = true, .is_others = true };
	size_t shown = 0, i;
	int err;

	while (shown < count && shown < e->options->limit &&
	       sums_key(&t->nodes[children[shown]].sums, e->sort) >= e->smallest)
		shown++;
	for (i = shown; i < count; i++) {
		sums_add(&rest.sums, &t->nodes[children[i]].sums);
		rest.sites += t->nodes[children[i]].sites;
	}
	for (i = 0; i < shown; i++) {
		const struct node *n = &t->nodes[children[i]];
		const struct view_node out = {
			.sums = n->sums, .frame = n->frame, .depth = depth, .sites = n->sites,
			.last = i + 1 == count, .only = count == 1,
		};

		err = put(t, &out);
		if (!err)
			err = put_branch(t, e, children[i], depth, level + 1);
		if (err)
			return err;
	}
	return shown < count && sums_key(&rest.sums, e->sort) ? put(t, &rest) : 0;
}

/* An only child stands below its parent without a step to the right. */
static int put_branch(struct tree *t, const struct emit *e, uint32_t parent, uint32_t depth,
		      uint32_t level)
{
	struct order how = { t, e->sort };
	size_t count = t->nodes[parent].children, i = 0;
	uint32_t *children, at;
	int err;

	if (!count || level >= e->options->depth)
		return 0;
	children = calloc(count, sizeof(*children));
	if (!children)
		return -ENOMEM;
	for (at = t->nodes[parent].child; at; at = t->nodes[at].next)
		children[i++] = at;
	qsort_r(children, count, sizeof(*children), compare, &how);
	err = put_children(t, e, children, count, depth + (level && count > 1), level);
	free(children);
	return err;
}

static int emit(struct analysis *a, struct tree *t, const struct analyze_options *options)
{
	const struct emit e = {
		.options = options, .sort = options->sort,
		.smallest = (int64_t)((double)sums_key(&t->nodes[0].sums, options->sort) *
				      SMALLEST_PART) + 1,
	};
	int err = put_branch(t, &e, 0, 0, 0);

	if (err)
		return err;
	a->view.nodes = arena_take(&a->arena, t->out_count + 1, sizeof(*t->out));
	if (!a->view.nodes)
		return -ENOMEM;
	if (t->out_count)
		memcpy(a->view.nodes, t->out, t->out_count * sizeof(*t->out));
	a->view.node_count = t->out_count;
	return 0;
}

int tree_fill(struct analysis *a, const struct analyze_options *options)
{
	struct view *v = &a->view;
	struct tree t = { .count = 1 };
	size_t i;
	int err = VEC_ROOM(t.nodes, t.room, 1);

	if (!err)
		t.nodes[0] = (struct node){ .function = NULL };
	for (i = 0; i < v->site_count && !err; i++)
		err = add_site(&t, v, &v->sites[i]);
	if (!err)
		err = emit(a, &t, options);
	free(t.nodes);
	free(t.slots);
	free(t.lines);
	free(t.out);
	return err;
}
