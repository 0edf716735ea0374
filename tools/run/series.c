/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/series.h"

#include "base/vec.h"

static bool is_larger(const struct series_sample *a, const struct series_sample *b)
{
	return a->rss_bytes > b->rss_bytes;
}

static void halve(struct series *s)
{
	size_t i;

	for (i = 0; i < s->count / 2; i++) {
		const struct series_sample *a = &s->list[2 * i], *b = &s->list[2 * i + 1];

		s->list[i] = is_larger(b, a) ? *b : *a;
	}
	s->count = i;
	s->stride *= 2;
}

int series_add(struct series *s, const struct series_sample *sample)
{
	int ret;

	if (!s->stride)
		s->stride = 1;
	if (sample->rss_bytes > s->rss_peak_bytes)
		s->rss_peak_bytes = sample->rss_bytes;
	if (s->filled && s->filled < s->stride) {
		s->filled++;
		if (is_larger(sample, &s->list[s->count - 1]))
			s->list[s->count - 1] = *sample;
		return 0;
	}
	if (s->count == SERIES_MOST)
		halve(s);
	ret = VEC_ROOM(s->list, s->room, s->count + 1);
	if (ret < 0)
		return ret;
	s->list[s->count++] = *sample;
	s->filled = 1;
	return 0;
}

void series_free(struct series *s)
{
	free(s->list);
	*s = (struct series){ .list = NULL };
}
