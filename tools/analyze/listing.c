/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "analyze/listing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/sums.h"
#include "base/buf.h"
#include "base/util.h"
#include "base/vec.h"

/* A site at a line. */
struct entry {
	const struct view_frame *frame;
	const struct view_sums *sums;
};

struct entries {
	struct entry *list;
	size_t count;
	size_t room;
};

/* "/srv/pkg/mod.py", "Class.method" -> "/srv/pkg/mod.Class.method" with dots for slashes. */
static void dotted_name(const struct view_frame *f, struct buf *name)
{
	size_t bytes = f->file ? strlen(f->file) : 0, i;

	if (bytes > 3 && !strcmp(f->file + bytes - 3, ".py"))
		bytes -= 3;
	for (i = 0; i < bytes; i++)
		buf_add(name, f->file[i] == '/' ? "." : f->file + i, 1);
	buf_printf(name, ".%s", f->function);
}

bool listing_is_function(const char *wanted, const struct view_frame *f)
{
	size_t wanted_bytes = strlen(wanted);
	struct buf name = { 0 };
	const char *at;
	bool is;

	if (!f->function || !wanted_bytes)
		return false;
	if (!strcmp(wanted, f->function))
		return true;
	if (!f->python)
		return false;
	dotted_name(f, &name);
	at = buf_text(&name);
	is = name.bytes > wanted_bytes && !strcmp(at + name.bytes - wanted_bytes, wanted) &&
	     at[name.bytes - wanted_bytes - 1] == '.';
	buf_free(&name);
	return is;
}

static bool has_place(const struct view_frame *f)
{
	return f->file && f->line;
}

/* NULL when the site is in no listing. */
static const struct view_frame *place_of(const struct view *v, const struct view_site *site,
					 const uint8_t *wanted)
{
	uint32_t first = wanted ? site->first : site->shown;
	uint32_t count = wanted ? site->count : site->shown_count, i;

	for (i = 0; i < count; i++) {
		uint32_t number = v->stack[first + i];

		if (has_place(&v->frames[number]) && (!wanted || wanted[number]))
			return &v->frames[number];
	}
	return NULL;
}

static int collect(const struct view *v, const uint8_t *wanted, struct entries *e)
{
	const struct view_frame *f;
	size_t i;
	int err = 0;

	for (i = 0; i < v->site_count && !err; i++) {
		f = place_of(v, &v->sites[i], wanted);
		if (!f)
			continue;
		err = VEC_ROOM(e->list, e->room, e->count + 1);
		if (!err)
			e->list[e->count++] = (struct entry){ f, &v->sites[i].sums };
	}
	return err;
}

static int by_place(const void *one, const void *two)
{
	const struct view_frame *a = ((const struct entry *)one)->frame;
	const struct view_frame *b = ((const struct entry *)two)->frame;
	int order = strcmp(a->file, b->file);

	return order ? order : a->line < b->line ? -1 : a->line > b->line;
}

static int by_peak(const void *one, const void *two)
{
	const struct view_listing *a = one, *b = two;
	int order = sums_compare(&a->sums, &b->sums, VIEW_PEAK);

	return order ? order : strcmp(a->file, b->file);
}

/* The entries of one file, sorted by line. */
static int fill_one(struct arena *arena, const struct entry *from, size_t count,
		    struct view_listing *to)
{
	struct view_listing_line *line = NULL;
	size_t i;

	to->lines = arena_take(arena, count, sizeof(*to->lines));
	if (!to->lines)
		return -ENOMEM;
	to->file = from->frame->file;
	to->python = from->frame->python;
	for (i = 0; i < count; i++) {
		if (!line || line->line != from[i].frame->line) {
			line = &to->lines[to->line_count++];
			line->line = from[i].frame->line;
		}
		sums_add(&line->sums, from[i].sums);
		line->most_bytes += from[i].sums->own_peak_bytes;
		sums_add(&to->sums, from[i].sums);
	}
	return 0;
}

static int fill_all(struct analysis *a, const struct entries *e)
{
	struct view_listing *list = arena_take(&a->arena, e->count + 1, sizeof(*list));
	size_t from, to, count = 0;
	int err = list ? 0 : -ENOMEM;

	for (from = 0; from < e->count && !err; from = to) {
		for (to = from + 1; to < e->count; to++)
			if (strcmp(e->list[from].frame->file, e->list[to].frame->file))
				break;
		err = fill_one(&a->arena, e->list + from, to - from, &list[count++]);
	}
	if (err)
		return err;
	qsort(list, count, sizeof(*list), by_peak);
	a->view.listings = list;
	a->view.listing_count = count;
	return 0;
}

static uint8_t *wanted_frames(const struct view *v, const char *function, uint32_t *first_line)
{
	uint8_t *wanted = calloc(v->frame_count + 1, 1);
	size_t i;

	for (i = 0; wanted && i < v->frame_count; i++) {
		wanted[i] = listing_is_function(function, &v->frames[i]);
		if (wanted[i] && v->frames[i].first_line)
			*first_line = v->frames[i].first_line;
	}
	return wanted;
}

int listing_fill(struct analysis *a, const struct analyze_options *options)
{
	struct entries e = { 0 };
	uint8_t *wanted = NULL;
	uint32_t first_line = 0;
	size_t i;
	int err = 0;

	if (options->function) {
		wanted = wanted_frames(&a->view, options->function, &first_line);
		err = wanted ? 0 : -ENOMEM;
	}
	if (!err)
		err = collect(&a->view, wanted, &e);
	if (!err && e.count)
		qsort(e.list, e.count, sizeof(*e.list), by_place);
	if (!err)
		err = fill_all(a, &e);
	for (i = 0; !err && i < a->view.listing_count; i++)
		a->view.listings[i].first_line = first_line;
	a->view.listing_function = options->function;
	free(e.list);
	free(wanted);
	return err;
}
