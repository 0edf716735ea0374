/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a place held over time, from the history of the sites that were the largest.  For kinds.c.
 */
#ifndef TIDEMARK_ANALYZE_ADVICE_HELD_H
#define TIDEMARK_ANALYZE_ADVICE_HELD_H

#include "analyze/advice/places.h"

/* The bytes of the place's sites in a row of the view's history. */
int64_t held_bytes(const struct analysis *a, const struct places *places, const struct place *place,
		   size_t row);

/* Rows that end before the handlers of the exit: the last of all was written behind them. */
size_t held_rows(const struct view *v);

/* What the whole process had at that moment. */
uint64_t held_by_all(const struct view *v, uint64_t us);

#endif
