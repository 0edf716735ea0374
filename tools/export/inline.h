/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frames inlined into one another share one address.  For formats that have a place for that.
 */
#ifndef TIDEMARK_EXPORT_INLINE_H
#define TIDEMARK_EXPORT_INLINE_H

#include "view.h"

/* How many frames of a stack, from the i-th of those shown on, lie at one address. */
static inline uint32_t inline_count(const struct view *v, const struct view_site *site, uint32_t i)
{
	const uint32_t *stack = v->stack + site->shown;
	uint32_t first = i;

	/* Each is inlined into the next, and no frame is inlined into that of another address. */
	while (i + 1 < site->shown_count && v->frames[stack[i]].inlined &&
	       stack[i + 1] == stack[i] + 1 && v->frames[stack[i + 1]].pc == v->frames[stack[i]].pc)
		i++;
	return i + 1 - first;
}

#endif
