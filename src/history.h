/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Live bytes by site over time: a fixed number of rows with a column for each of the sites that
 * were the largest.  Called now and then by the timeline, under its lock, and by marks.
 *
 * A pass over all records sums up the columns and the whole; the sites found large on the way take
 * the columns of those that never were.  The rest is the whole less the columns, so every row adds
 * up.  A long pass is cut into parts, one at a time, and none takes more than one part in a hundred
 * of the time.  Hook-safe.
 */
#ifndef SRC_HISTORY_H
#define SRC_HISTORY_H

#include "profile.h"

struct history_sums {
	int64_t live_bytes;
	uint32_t site[TIDE_HISTORY_SITES]; /* 0 = none */
	int64_t bytes[TIDE_HISTORY_SITES];
};

/* At the start, so that no hook waits for its chunk. */
void history_begin(int tid);

/* A row, or a part of the work for one, when it is due. */
void history_tick(uint64_t now_us, int tid);

/* When that is. */
OURS uint64_t history_due;

static inline uint64_t history_due_us(void)
{
	return __atomic_load_n(&history_due, __ATOMIC_RELAXED);
}

/* The last row, whole. */
void history_end(uint64_t now_us, int tid);

/* As it is now, in one pass, and a row of it; false in the middle of a pass of this same thread. */
bool history_sum(struct history_sums *sums, int tid);

void history_after_fork(void);

#endif
