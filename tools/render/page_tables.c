/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render/page_tables.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/brief.h"
#include "base/vec.h"

#define SLOTS_FIRST 1024

enum frame_flag { FRAME_INLINED = 1, FRAME_GUESSED = 2, FRAME_PYTHON = 4 };

static size_t slot_of(const struct page_tables *t, uint32_t parent, uint32_t frame)
{
	uint64_t hash = ((uint64_t)parent << 32 | frame) * 0x9e3779b97f4a7c15u;

	return (size_t)(hash >> 32) & (t->slot_count - 1);
}

static int grow_slots(struct page_tables *t)
{
	size_t count = t->slot_count ? t->slot_count * 2 : SLOTS_FIRST, at, i;

	if (t->node_count * 2 < t->slot_count)
		return 0;
	free(t->slots);
	t->slots = calloc(count, sizeof(*t->slots));
	t->slot_count = t->slots ? count : 0;
	if (!t->slots)
		return -ENOMEM;
	for (i = 1; i < t->node_count; i++) {
		at = slot_of(t, t->nodes[i].parent, t->nodes[i].frame);
		while (t->slots[at])
			at = (at + 1) & (count - 1);
		t->slots[at] = (uint32_t)i;
	}
	return 0;
}

/* The node of @frame called from @parent. */
static int find_node(struct page_tables *t, uint32_t parent, uint32_t frame, uint32_t *node)
{
	size_t at;
	int err = grow_slots(t);

	if (err)
		return err;
	for (at = slot_of(t, parent, frame); t->slots[at]; at = (at + 1) & (t->slot_count - 1)) {
		*node = t->slots[at];
		if (t->nodes[*node].parent == parent && t->nodes[*node].frame == frame)
			return 0;
	}
	err = VEC_ROOM(t->nodes, t->node_room, t->node_count + 1);
	if (err)
		return err;
	*node = t->slots[at] = (uint32_t)t->node_count;
	t->nodes[t->node_count++] = (struct page_node){ parent, frame };
	return 0;
}

static int find_frame(struct page_tables *t, uint32_t of_view, uint32_t *number)
{
	int err;

	if (!t->frame_numbers[of_view]) {
		err = VEC_ROOM(t->frames, t->frame_room, t->frame_count + 1);
		if (err)
			return err;
		t->frames[t->frame_count++] = of_view;
		t->frame_numbers[of_view] = (uint32_t)t->frame_count;
	}
	*number = t->frame_numbers[of_view] - 1;
	return 0;
}

int page_tables_node(struct page_tables *t, const struct view_site *site, uint32_t *node)
{
	uint32_t frame, i;
	int err = 0;

	*node = 0;
	for (i = site->count; i && !err; i--) {
		err = find_frame(t, t->view->stack[site->first + i - 1], &frame);
		if (!err)
			err = find_node(t, *node, frame, node);
	}
	return err;
}

int page_tables_make(struct page_tables *t, const struct view *v, size_t site_count)
{
	size_t i;
	int err;

	*t = (struct page_tables){ .view = v, .site_count = site_count, .string_count = 1 };
	t->frame_numbers = calloc(v->frame_count + 1, sizeof(*t->frame_numbers));
	t->site_nodes = calloc(site_count + 1, sizeof(*t->site_nodes));
	err = t->frame_numbers && t->site_nodes ? VEC_ROOM(t->nodes, t->node_room, 1) : -ENOMEM;
	if (!err)
		t->nodes[t->node_count++] = (struct page_node){ 0, 0 };
	for (i = 0; i < site_count && !err; i++)
		err = page_tables_node(t, &v->sites[i], &t->site_nodes[i]);
	if (err)
		page_tables_free(t);
	return err;
}

int page_tables_string(struct page_tables *t, const char *text, uint32_t *number)
{
	size_t had = t->string_room;
	uint32_t in_pool;
	int err = pool_add(&t->strings, text, &in_pool);

	*number = 0;
	if (err || !in_pool)
		return err;
	err = VEC_ROOM(t->string_numbers, t->string_room, (size_t)in_pool + 1);
	if (err)
		return err;
	if (t->string_room > had)
		memset(t->string_numbers + had, 0,
		       (t->string_room - had) * sizeof(*t->string_numbers));
	if (!t->string_numbers[in_pool])
		t->string_numbers[in_pool] = (uint32_t)t->string_count++;
	*number = t->string_numbers[in_pool];
	return 0;
}

/* The pool keeps them one after the other, in the order of their first use. */
void page_tables_strings(const struct page_tables *t, struct json *j)
{
	const char *at = t->strings.data ? t->strings.data + 1 : NULL;
	size_t i;

	json_open(j, "strings", '[');
	json_text(j, NULL, "");
	for (i = 1; i < t->string_count; i++) {
		json_text(j, NULL, at);
		at += strlen(at) + 1;
	}
	json_close(j, ']');
}

/* The numbers of the strings of one frame. */
struct frame_names {
	uint32_t function;
	uint32_t brief; /* 0 = the same */
	uint32_t file;
	uint32_t module;
};

static int name_frame(struct page_tables *t, const struct view_frame *f, struct frame_names *n)
{
	struct buf brief = { 0 };
	int err = page_tables_string(t, f->function, &n->function);

	if (!err)
		err = page_tables_string(t, f->file, &n->file);
	if (!err)
		err = page_tables_string(t, f->module, &n->module);
	n->brief = 0;
	if (!err && f->function && strcmp(brief_name(f->function, &brief), f->function))
		err = page_tables_string(t, buf_text(&brief), &n->brief);
	buf_free(&brief);
	return err;
}

static void put_numbers(struct json *j, const char *key, const struct frame_names *names,
			size_t count, size_t offset)
{
	const char *at = (const char *)names + offset;
	uint32_t number;
	size_t i;

	json_open(j, key, '[');
	for (i = 0; i < count; i++, at += sizeof(*names)) {
		memcpy(&number, at, sizeof(number));
		json_unsigned(j, NULL, number);
	}
	json_close(j, ']');
}

static void put_places(const struct page_tables *t, struct json *j)
{
	const struct view_frame *f;
	size_t i;

	json_open(j, "line", '[');
	for (i = 0; i < t->frame_count; i++)
		json_unsigned(j, NULL, t->view->frames[t->frames[i]].line);
	json_close(j, ']');
	json_open(j, "offset", '[');
	for (i = 0; i < t->frame_count; i++) {
		f = &t->view->frames[t->frames[i]];
		json_unsigned(j, NULL, f->module ? f->offset : f->pc);
	}
	json_close(j, ']');
	json_open(j, "flags", '[');
	for (i = 0; i < t->frame_count; i++) {
		f = &t->view->frames[t->frames[i]];
		json_unsigned(j, NULL,
			      (f->inlined ? FRAME_INLINED : 0u) |
				      (f->guessed ? FRAME_GUESSED : 0u) |
				      (f->python ? FRAME_PYTHON : 0u));
	}
	json_close(j, ']');
}

int page_tables_frames(struct page_tables *t, struct json *j)
{
	struct frame_names *names = calloc(t->frame_count + 1, sizeof(*names));
	int err = names ? 0 : -ENOMEM;
	size_t i;

	for (i = 0; i < t->frame_count && !err; i++)
		err = name_frame(t, &t->view->frames[t->frames[i]], &names[i]);
	if (!err) {
		json_open(j, "frames", '{');
		put_numbers(j, "function", names, t->frame_count,
			    offsetof(struct frame_names, function));
		put_numbers(j, "brief", names, t->frame_count, offsetof(struct frame_names, brief));
		put_numbers(j, "file", names, t->frame_count, offsetof(struct frame_names, file));
		put_numbers(j, "module", names, t->frame_count,
			    offsetof(struct frame_names, module));
		put_places(t, j);
		json_close(j, '}');
	}
	free(names);
	return err;
}

void page_tables_nodes(const struct page_tables *t, struct json *j)
{
	size_t i;

	json_open(j, "nodes", '{');
	json_open(j, "parent", '[');
	for (i = 0; i < t->node_count; i++)
		json_unsigned(j, NULL, t->nodes[i].parent);
	json_close(j, ']');
	json_open(j, "frame", '[');
	for (i = 0; i < t->node_count; i++)
		json_unsigned(j, NULL, t->nodes[i].frame);
	json_close(j, ']');
	json_close(j, '}');
}

void page_tables_free(struct page_tables *t)
{
	pool_free(&t->strings);
	free(t->string_numbers);
	free(t->frame_numbers);
	free(t->frames);
	free(t->nodes);
	free(t->slots);
	free(t->site_nodes);
	*t = (struct page_tables){ .site_count = 0 };
}
