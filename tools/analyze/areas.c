/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "analyze/areas.h"

#include <errno.h>
#include <stdlib.h>

#define CANDIDATES 256
#define PART_LEAST 100 /* of the peak: smaller ones are not worth an area */

/* A moment at which the sites are known. */
struct knot {
	uint64_t us;
	double live_bytes;
	double bytes[VIEW_AREAS];
};

/* A site that may get an area: one with a column of the history, or one of the peak's. */
struct candidate {
	uint32_t id;
	bool is_column;
	size_t column;
	int64_t most;
};

struct work {
	struct analysis *a;
	const struct model *m;
	struct view_areas *areas;
	struct candidate chosen[VIEW_AREAS];
	struct knot *knots;
	size_t knot_count;
};

static double positive(int64_t bytes)
{
	return bytes > 0 ? (double)bytes : 0;
}

static int64_t at_peak(const struct work *w, uint32_t site)
{
	return site < w->m->site_count ? w->m->sites[site].sums.at_peak_bytes : 0;
}

/* At the rows of the history. */
static int64_t bytes_in(const struct work *w, size_t row, const struct candidate *c)
{
	return c->is_column ? w->a->view.history[row].bytes[c->column] : 0;
}

static int64_t most_of(const struct work *w, const struct candidate *c)
{
	int64_t most = at_peak(w, c->id);

	for (size_t row = 0; row < w->a->view.history_count; row++)
		if (bytes_in(w, row, c) > most)
			most = bytes_in(w, row, c);
	return most;
}

static int larger_first(const void *one, const void *two)
{
	const struct candidate *a = one, *b = two;

	if (a->most != b->most)
		return a->most > b->most ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

/* One that held much at the peak alone has no column: at no row of the history was it large. */
static size_t add_at_peak(struct work *w, struct candidate *list, size_t count)
{
	const struct view *v = &w->a->view;
	size_t columns = count, i, k;

	for (i = 0; i < v->site_count; i++) {
		const struct view_site *s = &v->sites[i];

		if (s->sums.at_peak_bytes <= 0 ||
		    s->sums.at_peak_bytes < v->facts.peak_bytes / PART_LEAST)
			continue;
		for (k = 0; k < columns && list[k].id != s->id; k++)
			;
		if (k == columns)
			list[count++] = (struct candidate){ .id = s->id };
		if (count == CANDIDATES)
			break;
	}
	return count;
}

/* The largest at any time, the largest first. */
static void choose(struct work *w)
{
	const struct view *v = &w->a->view;
	struct view_areas *to = w->areas;
	struct candidate list[CANDIDATES];
	size_t count = 0, i;

	for (; count < v->column_count; count++)
		list[count] = (struct candidate){ .id = v->columns[count].id,
						  .column = count,
						  .is_column = true };
	count = add_at_peak(w, list, count);
	for (i = 0; i < count; i++)
		list[i].most = most_of(w, &list[i]);
	qsort(list, count, sizeof(*list), larger_first);
	for (i = 0; i < count && to->count < VIEW_AREAS; i++) {
		uint32_t of_view = list[i].id < w->m->site_count ? w->a->ids[list[i].id] : 0;

		if (list[i].most <= 0 || list[i].most < v->facts.peak_bytes / PART_LEAST)
			break;
		w->chosen[to->count] = list[i];
		to->sites[to->count++] =
			(struct view_area){ list[i].id, of_view ? &v->sites[of_view - 1] : NULL };
	}
}

static void add_peak(struct work *w)
{
	const struct view *v = &w->a->view;
	struct knot *knot = &w->knots[w->knot_count++];

	knot->us = v->facts.peak_us;
	knot->live_bytes = positive(v->facts.peak_bytes);
	for (size_t i = 0; i < w->areas->count; i++)
		knot->bytes[i] = positive(at_peak(w, w->chosen[i].id));
}

/* The rows of the history with the peak in its place; of nothing, where there was nothing yet. */
static int take_knots(struct work *w)
{
	const struct view *v = &w->a->view;
	bool is_in = false;

	w->knots = arena_take(&w->a->arena, v->history_count + 2, sizeof(*w->knots));
	if (!w->knots)
		return -ENOMEM;
	w->knot_count = 1;
	for (size_t row = 0; row < v->history_count; row++) {
		const struct view_history_row *from = &v->history[row];
		struct knot *knot;

		if (!is_in && from->us >= v->facts.peak_us)
			add_peak(w);
		is_in |= from->us >= v->facts.peak_us;
		knot = &w->knots[w->knot_count++];
		knot->us = from->us;
		knot->live_bytes = positive(from->live_bytes);
		for (size_t i = 0; i < w->areas->count; i++)
			knot->bytes[i] = positive(bytes_in(w, row, &w->chosen[i]));
	}
	if (!is_in)
		add_peak(w);
	return 0;
}

static double part_of(const struct knot *from, const struct knot *to, double live_bytes, size_t i)
{
	const struct knot *low = from->live_bytes <= to->live_bytes ? from : to;
	const struct knot *high = low == from ? to : from;

	if (live_bytes == from->live_bytes)
		return from->bytes[i];
	if (live_bytes <= 0)
		return 0;
	if (live_bytes >= high->live_bytes)
		return high->bytes[i];
	if (live_bytes <= low->live_bytes)
		return low->bytes[i] / low->live_bytes * live_bytes;
	return low->bytes[i] + (high->bytes[i] - low->bytes[i]) * (live_bytes - low->live_bytes) /
				       (high->live_bytes - low->live_bytes);
}

/* Never more than what was live, whatever the history says. */
static int add_row(struct work *w, uint64_t us, int64_t live_bytes, size_t *knot)
{
	struct view_area_row *row = &w->areas->rows[w->areas->row_count++];
	int64_t *bytes = arena_take(&w->a->arena, VIEW_AREAS, sizeof(*bytes));
	int64_t left = live_bytes > 0 ? live_bytes : 0;
	const struct knot *from, *to;
	double sum = 0, parts[VIEW_AREAS], share;
	size_t i;

	if (!bytes)
		return -ENOMEM;
	while (*knot + 1 < w->knot_count && w->knots[*knot + 1].us <= us)
		++*knot;
	from = &w->knots[*knot];
	to = *knot + 1 < w->knot_count ? from + 1 : from;
	*row = (struct view_area_row){ us, left, bytes };
	for (i = 0; i < w->areas->count; i++) {
		parts[i] = part_of(from, to, (double)left, i);
		sum += parts[i];
	}
	share = sum > (double)left ? (double)left / sum : 1;
	for (i = 0; i < w->areas->count; i++) {
		bytes[i] = parts[i] * share < (double)left ? (int64_t)(parts[i] * share) : left;
		left -= bytes[i];
	}
	return 0;
}

/* The timeline, the peak, which it may have missed, and the end. */
static int add_rows(struct work *w)
{
	const struct view *v = &w->a->view;
	const struct view_facts *f = &v->facts;
	size_t knot = 0, i;
	uint64_t last_us = 0;
	bool is_in = false;
	int err = 0;

	w->areas->rows = arena_take(&w->a->arena, v->point_count + 2, sizeof(*w->areas->rows));
	if (!w->areas->rows)
		return -ENOMEM;
	for (i = 0; i < v->point_count && !err; i++) {
		last_us = v->points[i].us;
		if (!is_in && last_us > f->peak_us)
			err = add_row(w, f->peak_us, f->peak_bytes, &knot);
		is_in |= last_us >= f->peak_us;
		if (!err)
			err = add_row(w, last_us,
				      last_us == f->peak_us ? f->peak_bytes
							    : (int64_t)v->points[i].live_bytes,
				      &knot);
	}
	if (!err && !is_in)
		err = add_row(w, last_us = f->peak_us, f->peak_bytes, &knot);
	if (!err && last_us < f->duration_us)
		err = add_row(w, f->duration_us, f->sum.live_bytes, &knot);
	return err;
}

int areas_fill(struct analysis *a, const struct model *m)
{
	struct work w = { .a = a, .m = m };
	int err;

	if (!a->view.history_count)
		return 0;
	w.areas = &a->view.areas;
	choose(&w);
	err = w.areas->count ? take_knots(&w) : 0;
	if (!err && w.areas->count)
		err = add_rows(&w);
	return err;
}
