/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "analyze/sums.h"

#include <math.h>

struct view_sums sums_of(const struct model_sums *m, int64_t own_peak_bytes)
{
	return (struct view_sums){
		.at_peak_bytes = m->at_peak_bytes,
		.at_peak_blocks = m->at_peak_blocks,
		.live_bytes = m->live_bytes,
		.live_blocks = m->live_blocks,
		.own_peak_bytes = own_peak_bytes,
		.total_bytes = m->total_bytes,
		.calls = m->calls,
		.temporaries = m->temporaries,
	};
}

struct view_leaks sums_of_leaks(const struct model_leaks *m)
{
	struct view_leaks leaks;
	size_t i;

	for (i = 0; i < VIEW_LEAK_CLASSES; i++) {
		leaks.bytes[i] = (int64_t)m->bytes[i];
		leaks.blocks[i] = (int64_t)m->blocks[i];
	}
	leaks.held_bytes = (int64_t)m->held_bytes;
	leaks.held_blocks = (int64_t)m->held_blocks;
	return leaks;
}

static void add(int64_t *to, int64_t what)
{
	*to = (int64_t)((uint64_t)*to + (uint64_t)what);
}

static void add_leaks(struct view_leaks *to, const struct view_leaks *what)
{
	size_t i;

	for (i = 0; i < VIEW_LEAK_CLASSES; i++) {
		add(&to->bytes[i], what->bytes[i]);
		add(&to->blocks[i], what->blocks[i]);
	}
	add(&to->held_bytes, what->held_bytes);
	add(&to->held_blocks, what->held_blocks);
}

void sums_add(struct view_sums *to, const struct view_sums *what)
{
	add(&to->at_peak_bytes, what->at_peak_bytes);
	add(&to->at_peak_blocks, what->at_peak_blocks);
	add(&to->live_bytes, what->live_bytes);
	add(&to->live_blocks, what->live_blocks);
	if (what->own_peak_bytes > to->own_peak_bytes)
		to->own_peak_bytes = what->own_peak_bytes;
	to->total_bytes += what->total_bytes;
	to->calls += what->calls;
	to->temporaries += what->temporaries;
	add_leaks(&to->leaks, &what->leaks);
}

static int64_t leaked_bytes(const struct view_leaks *l)
{
	int64_t bytes = l->bytes[MODEL_DEFINITE];

	add(&bytes, l->bytes[MODEL_INDIRECT]);
	add(&bytes, l->bytes[MODEL_POSSIBLE]);
	return bytes;
}

int64_t sums_key(const struct view_sums *s, enum view_sort sort)
{
	switch (sort) {
	case VIEW_LIVE:
		return s->live_bytes;
	case VIEW_TOTAL:
		return (int64_t)s->total_bytes;
	case VIEW_CALLS:
		return (int64_t)s->calls;
	case VIEW_TEMPORARY:
		return (int64_t)s->temporaries;
	case VIEW_OWN_PEAK:
		return s->own_peak_bytes;
	case VIEW_LEAKED:
		return leaked_bytes(&s->leaks);
	case VIEW_DEFINITE:
	case VIEW_INDIRECT:
	case VIEW_POSSIBLE:
	case VIEW_REACHABLE:
		return s->leaks.bytes[sort - VIEW_DEFINITE];
	default:
		return s->at_peak_bytes;
	}
}

static int larger_first(int64_t a, int64_t b)
{
	return a > b ? -1 : a < b;
}

int sums_compare(const struct view_sums *a, const struct view_sums *b, enum view_sort sort)
{
	int order = larger_first(sums_key(a, sort), sums_key(b, sort));

	if (!order)
		order = larger_first((int64_t)a->total_bytes, (int64_t)b->total_bytes);
	return order ? order : larger_first((int64_t)a->calls, (int64_t)b->calls);
}

int64_t sums_error(int64_t bytes, uint64_t sample_bytes)
{
	return bytes > 0 ? (int64_t)(1.96 * sqrt((double)bytes * (double)sample_bytes)) : 0;
}
