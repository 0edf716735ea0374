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

/* A site and the way to it from the root of the tree, recursion folded. */
struct path {
	const struct view_sums *sums;
	size_t first; /* in steps */
	uint32_t count;
};

/*
 * No node is kept for a branch that is not shown: the paths are sorted below the branches that
 * are, level by level.
 */
struct tree {
	const struct view *view;
	const struct analyze_options *options;
	int64_t smallest;
	uint32_t *steps; /* numbers of frames */
	struct path *paths;
	struct view_node *out;
	size_t out_count;
	size_t out_room;
};

/* Paths that go on through one function. */
struct branch {
	struct view_sums sums;
	size_t first; /* in paths */
	size_t count;
	uint32_t frame;
};

struct branches {
	struct branch *list;
	size_t count;
	size_t room;
};

static size_t fill_path(struct tree *t, const struct view_site *site, struct view_line *lines,
			size_t first, struct path *path)
{
	const struct view *v = t->view;
	size_t count = fold_lines(v->frames, v->stack, site, lines), i;
	bool inwards = v->shape == VIEW_TOP_DOWN;

	for (i = 0; i < count; i++)
		t->steps[first + i] = lines[inwards ? count - 1 - i : i].frame;
	*path = (struct path){ &site->sums, first, (uint32_t)count };
	return count;
}

static int fill_paths(struct tree *t)
{
	const struct view *v = t->view;
	size_t total = 0, most = 0, i;
	struct view_line *lines;

	for (i = 0; i < v->site_count; i++) {
		total += v->sites[i].shown_count;
		if (v->sites[i].shown_count > most)
			most = v->sites[i].shown_count;
	}
	t->paths = calloc(v->site_count + 1, sizeof(*t->paths));
	t->steps = calloc(total + 1, sizeof(*t->steps));
	lines = calloc(most + 1, sizeof(*lines));
	if (t->paths && t->steps && lines)
		for (i = 0, total = 0; i < v->site_count; i++)
			total += fill_path(t, &v->sites[i], lines, total, &t->paths[i]);
	free(lines);
	return t->paths && t->steps && lines ? 0 : -ENOMEM;
}

struct level {
	const struct tree *tree;
	uint32_t number;
};

/* What makes frames one branch: the function, or the frame when it has none. */
static uintptr_t key_of(const struct tree *t, const struct path *path, uint32_t level)
{
	const struct view_frame *f;

	if (level >= path->count)
		return 0;
	f = &t->view->frames[t->steps[path->first + level]];
	return f->function ? (uintptr_t)f->function : (uintptr_t)f;
}

static int by_key(const void *one, const void *two, void *user)
{
	const struct level *level = user;
	uintptr_t a = key_of(level->tree, one, level->number);
	uintptr_t b = key_of(level->tree, two, level->number);

	return a < b ? -1 : a > b;
}

static int find_branches(struct tree *t, size_t first, size_t count, uint32_t number,
			 struct branches *branches)
{
	struct level level = { t, number };
	struct branch *last = NULL;
	uintptr_t key, before = 0;
	size_t i;
	int err;

	qsort_r(t->paths + first, count, sizeof(*t->paths), by_key, &level);
	for (i = first; i < first + count; i++) {
		key = key_of(t, &t->paths[i], number);
		/* It ends here: the parent has it already. */
		if (!key)
			continue;
		if (!last || key != before) {
			err = VEC_ROOM(branches->list, branches->room, branches->count + 1);
			if (err)
				return err;
			last = &branches->list[branches->count++];
			*last = (struct branch){ .first = i,
						 .frame = t->steps[t->paths[i].first + number] };
			before = key;
		}
		sums_add(&last->sums, t->paths[i].sums);
		last->count++;
	}
	return 0;
}

static int larger_first(const void *one, const void *two, void *sort)
{
	const struct branch *a = one, *b = two;
	int order = sums_compare(&a->sums, &b->sums, *(const enum view_sort *)sort);

	return order ? order : a->frame < b->frame ? -1 : a->frame > b->frame;
}

static int put(struct tree *t, const struct view_node *n)
{
	int err = VEC_ROOM(t->out, t->out_room, t->out_count + 1);

	if (!err)
		t->out[t->out_count++] = *n;
	return err;
}

static int put_rest(struct tree *t, const struct branches *branches, size_t shown, uint32_t depth)
{
	struct view_node rest = { .depth = depth, .last = true, .is_others = true };
	size_t i;

	for (i = shown; i < branches->count; i++) {
		sums_add(&rest.sums, &branches->list[i].sums);
		rest.sites += (uint32_t)branches->list[i].count;
	}
	return sums_key(&rest.sums, t->options->sort) ? put(t, &rest) : 0;
}

static int put_level(struct tree *t, size_t first, size_t count, uint32_t level, uint32_t depth);

static int put_branches(struct tree *t, const struct branches *branches, uint32_t level,
			uint32_t depth)
{
	const struct branch *b;
	size_t i;
	int err;

	for (i = 0; i < branches->count && i < t->options->limit; i++) {
		b = &branches->list[i];
		if (sums_key(&b->sums, t->options->sort) < t->smallest)
			break;
		err = put(t, &(struct view_node){
				     .sums = b->sums,
				     .frame = b->frame,
				     .depth = depth,
				     .sites = (uint32_t)b->count,
				     .last = i + 1 == branches->count,
				     .only = branches->count == 1,
			     });
		if (!err)
			err = put_level(t, b->first, b->count, level + 1, depth);
		if (err)
			return err;
	}
	return put_rest(t, branches, i, depth);
}

/* An only child stands below its parent without a step to the right; so does an only root. */
static int put_level(struct tree *t, size_t first, size_t count, uint32_t level, uint32_t depth)
{
	struct branches branches = { .count = 0 };
	enum view_sort sort = t->options->sort;
	int err;

	if (!count || level >= t->options->depth)
		return 0;
	err = find_branches(t, first, count, level, &branches);
	if (!err && branches.count)
		qsort_r(branches.list, branches.count, sizeof(*branches.list), larger_first, &sort);
	if (!err)
		err = put_branches(t, &branches, level, depth + (branches.count > 1));
	free(branches.list);
	return err;
}

static void set_smallest(struct tree *t)
{
	struct view_sums sum = { 0 };
	size_t i;

	for (i = 0; i < t->view->site_count; i++)
		sums_add(&sum, &t->view->sites[i].sums);
	t->smallest = (int64_t)((double)sums_key(&sum, t->options->sort) * SMALLEST_PART) + 1;
}

static int hand_over(struct analysis *a, const struct tree *t)
{
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
	struct tree t = { .view = &a->view, .options = options };
	int err = fill_paths(&t);

	if (!err) {
		set_smallest(&t);
		err = put_level(&t, 0, a->view.site_count, 0, 0);
	}
	if (!err)
		err = hand_over(a, &t);
	free(t.steps);
	free(t.paths);
	free(t.out);
	return err;
}
