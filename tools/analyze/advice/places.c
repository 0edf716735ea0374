/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "analyze/advice/places.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/advice/copies.h"
#include "analyze/sums.h"

/* A site on its way to its place. */
struct entry {
	uint64_t line; /* of the caller << 32 | of the frame */
	uint32_t site; /* of the view */
	uint32_t at;   /* where in the stack the line is */
	bool has_caller;
};

/* The outermost call in this part of a stack that copies, NULL when there is none. */
static const struct view_frame *copier(const struct view *v, const struct places_frames *frames,
				       uint32_t from, uint32_t to)
{
	while (to-- > from)
		if (frames->copies[v->stack[to]])
			return &v->frames[v->stack[to]];
	return NULL;
}

/* Where the line is; behind the shown part when there is none. */
static uint32_t line_at(const struct view *v, const struct places_frames *frames,
			const struct view_site *site)
{
	uint32_t at = site->shown, end = site->shown + site->shown_count;
	enum copies enough = copier(v, frames, site->first, at) ? COPIES_SURELY : COPIES_BY_NAME;

	while (at + 1 < end && !v->frames[v->stack[at]].python &&
	       frames->copies[v->stack[at]] >= enough)
		at++;
	return at;
}

const struct view_frame *places_frame(const struct view *v, const struct places_frames *frames,
				      const struct view_site *site)
{
	return site->shown_count ? &v->frames[v->stack[line_at(v, frames, site)]] : NULL;
}

static int order_of(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* Texts of one pool: the same text is mostly the same pointer, but need not be. */
static int order_of_texts(const char *a, const char *b)
{
	if (a == b || !a || !b)
		return a == b ? 0 : a ? 1 : -1;
	return strcmp(a, b);
}

static int order_of_lines(const struct view_frame *a, const struct view_frame *b)
{
	int order = order_of(a->line, b->line);

	if (!order)
		order = order_of_texts(a->function, b->function);
	if (!order)
		order = order_of_texts(a->file, b->file);
	if (!order)
		order = order_of_texts(a->module, b->module);
	/* Without a line, calls in one function are told apart by where they are. */
	if (!order && !a->line)
		order = order_of(a->pc, b->pc);
	return order;
}

static int by_text(const void *one, const void *two, void *frames)
{
	const struct view_frame *list = frames;

	return order_of_lines(&list[*(const uint32_t *)one], &list[*(const uint32_t *)two]);
}

int places_frames_make(struct analysis *a, struct places_frames *frames)
{
	struct view *v = &a->view;
	uint32_t *sorted = calloc(v->frame_count + 1, sizeof(*sorted)), number = 0, i;

	frames->copies = arena_take(&a->arena, v->frame_count + 1, 1);
	frames->lines = arena_take(&a->arena, v->frame_count + 1, sizeof(*frames->lines));
	if (!sorted || !frames->copies || !frames->lines) {
		free(sorted);
		return -ENOMEM;
	}
	for (i = 0; i < v->frame_count; i++) {
		frames->copies[i] = (uint8_t)copies_kind(&v->frames[i]);
		sorted[i] = i;
	}
	if (v->frame_count)
		qsort_r(sorted, v->frame_count, sizeof(*sorted), by_text, v->frames);
	for (i = 0; i < v->frame_count; i++) {
		number += !i || by_text(&sorted[i - 1], &sorted[i], v->frames);
		frames->lines[sorted[i]] = number;
	}
	free(sorted);
	return 0;
}

static int by_line(const void *one, const void *two)
{
	const struct entry *a = one, *b = two;

	return order_of(a->line, b->line);
}

static void add_waste(struct model_waste *to, const struct model_waste *w)
{
	to->grown += w->grown;
	to->grown_again += w->grown_again;
	to->grown_from_bytes += w->grown_from_bytes;
	to->grown_to_bytes += w->grown_to_bytes;
	to->moved_bytes += w->moved_bytes;
	to->twins += w->twins;
	to->twin_bytes += w->twin_bytes;
	if (w->freed_ms && (!to->freed_ms || w->freed_ms < to->freed_ms))
		to->freed_ms = w->freed_ms;
	if (w->twins)
		to->twin_site = w->twin_site;
}

/*
 * Does the line of Python allocate by itself?  What a package does for it is not for the line to
 * mend, but for what it keeps and what it asked to be copied.
 */
static bool is_direct(const struct view *v, const struct view_site *site, uint32_t at)
{
	uint32_t i;

	for (i = site->first; i < at; i++)
		if (v->frames[v->stack[i]].python)
			return false;
	return true;
}

/* A line of Python may make a copy by a call that has no name; the line itself will tell. */
static void add_copies(struct place *p, const struct view *v, const struct view_site *site,
		       const struct places_frames *frames, uint32_t at, const struct model_waste *w)
{
	const struct view_frame *by = w->twins ? copier(v, frames, site->first, at) : NULL;

	if (!w->twins || (!by && !(p->frame->python && is_direct(v, site, at))))
		return;
	if (by)
		p->copier = by;
	p->copies += w->twins;
	p->copied_bytes += w->twin_bytes;
	p->copied_at_peak_bytes += site->sums.at_peak_bytes;
	p->original_site = w->twin_site;
}

static void add_sums(struct view_sums *to, const struct view_sums *what)
{
	int64_t own_peak_bytes = to->own_peak_bytes;

	sums_add(to, what);
	__builtin_add_overflow(own_peak_bytes, what->own_peak_bytes, &to->own_peak_bytes);
}

static void add_site(struct place *p, const struct view *v, const struct places_frames *frames,
		     const struct entry *entry, const struct model_waste *w)
{
	const struct view_site *site = &v->sites[entry->site];

	if (!p->largest || site->first_ms < p->first_ms)
		p->first_ms = site->first_ms;
	if (site->last_ms > p->last_ms)
		p->last_ms = site->last_ms;
	if (!p->largest || site->sums.total_bytes > p->largest->sums.total_bytes)
		p->largest = site;
	add_sums(&p->sums, &site->sums);
	if (site->sums.calls && site->sums.total_bytes / site->sums.calls >= PLACES_LARGE)
		add_sums(&p->large, &site->sums);
	add_waste(&p->waste, w);
	if (is_direct(v, site, entry->at)) {
		p->waste.seen_pages += w->seen_pages;
		p->waste.untouched_pages += w->untouched_pages;
	}
	add_copies(p, v, site, frames, entry->at, w);
}

static size_t gather(const struct view *v, const struct places_frames *frames, bool by_caller,
		     struct entry *entries)
{
	size_t count = 0, i;

	for (i = 0; i < v->site_count; i++) {
		const struct view_site *site = &v->sites[i];
		struct entry *e = &entries[count];

		if (!site->shown_count)
			continue;
		*e = (struct entry){ .site = (uint32_t)i, .at = line_at(v, frames, site) };
		e->line = frames->lines[v->stack[e->at]];
		if (!by_caller && !is_direct(v, site, e->at))
			continue;
		e->has_caller = by_caller && e->at + 1 < site->shown + site->shown_count;
		if (e->has_caller)
			e->line |= (uint64_t)frames->lines[v->stack[e->at + 1]] << 32;
		count++;
	}
	if (count)
		qsort(entries, count, sizeof(*entries), by_line);
	return count;
}

/* Behind the last entry of the place that begins here; whether it is large enough to be told of. */
static size_t run_end(const struct view *v, const struct entry *entries, size_t from, size_t count,
		      bool *worth)
{
	uint64_t bytes = 0, calls = 0;
	size_t i;

	for (i = from; i < count && (i == from || !by_line(&entries[from], &entries[i])); i++) {
		bytes += v->sites[entries[i].site].sums.total_bytes;
		calls += v->sites[entries[i].site].sums.calls;
	}
	*worth = bytes >= PLACES_LEAST_BYTES || calls >= PLACES_LEAST_CALLS;
	return i;
}

static size_t count_places(const struct view *v, const struct entry *entries, size_t count)
{
	size_t places = 0, i;
	bool worth;

	for (i = 0; i < count; places += worth)
		i = run_end(v, entries, i, count, &worth);
	return places;
}

static int fill_places(struct analysis *a, const struct model *m, const struct entry *entries,
		       size_t count, struct places *places)
{
	const struct view *v = &a->view;
	size_t room = count_places(v, entries, count), i, end;
	struct place *p;
	bool worth;

	places->count = 0;
	places->list = arena_take(&a->arena, room + 1, sizeof(*places->list));
	places->of_site = arena_take(&a->arena, v->site_count + 1, sizeof(*places->of_site));
	if (!places->list || !places->of_site)
		return -ENOMEM;
	for (i = 0; i < count; i = end) {
		end = run_end(v, entries, i, count, &worth);
		if (!worth)
			continue;
		p = &places->list[places->count++];
		p->frame = &v->frames[v->stack[entries[i].at]];
		if (entries[i].has_caller)
			p->caller = &v->frames[v->stack[entries[i].at + 1]];
		for (; i < end; i++) {
			places->of_site[entries[i].site] = (uint32_t)places->count;
			add_site(p, v, places->frames, &entries[i],
				 &m->sites[v->sites[entries[i].site].id].waste);
		}
	}
	return 0;
}

int places_make(struct analysis *a, const struct model *m, bool by_caller,
		const struct places_frames *frames, struct places *places)
{
	struct entry *entries = calloc(a->view.site_count + 1, sizeof(*entries));
	int err;

	if (!entries)
		return -ENOMEM;
	places->frames = frames;
	err = fill_places(a, m, entries, gather(&a->view, frames, by_caller, entries), places);
	free(entries);
	return err;
}
