/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "analyze/advice/held.h"

#include <string.h>

int64_t held_bytes(const struct analysis *a, const struct places *places, const struct place *place,
		   size_t row)
{
	const struct view *v = &a->view;
	uint32_t number = (uint32_t)(place - places->list) + 1;
	int64_t sum = 0;
	size_t i;

	for (i = 0; i < v->column_count; i++) {
		const struct view_site *site = v->columns[i].site;

		if (site && places->of_site[site - v->sites] == number)
			__builtin_add_overflow(sum, v->history[row].bytes[i], &sum);
	}
	return sum;
}

size_t held_rows(const struct view *v)
{
	bool ended = strcmp(v->facts.state, "running");

	return v->history_count > ended ? v->history_count - ended : 0;
}

uint64_t held_by_all(const struct view *v, uint64_t us)
{
	uint64_t bytes = 0;
	size_t i;

	for (i = 0; i < v->point_count && v->points[i].us <= us; i++)
		bytes = v->points[i].live_bytes;
	return bytes;
}
