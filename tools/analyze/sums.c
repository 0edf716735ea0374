/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "analyze/sums.h"

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

static void add(int64_t *to, int64_t what)
{
	*to = (int64_t)((uint64_t)*to + (uint64_t)what);
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
