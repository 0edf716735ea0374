/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where threads come from: the site of the pthread_create that began a thread goes into the
 * thread's place in the recording.
 *
 * The creator leaves the site, and what the thread is to run, in a box; the new thread begins with
 * spawn_enter, which empties the box and jumps on: it is gone from the stack when the thread's own
 * function begins.  No memory is allocated and no thread waits for another.
 *
 * invariant: a box is in use from spawn_prepare until its thread begins, or until spawn_failed.
 */
#ifndef SRC_SPAWN_H
#define SRC_SPAWN_H

#include "walk.h"

typedef void *spawn_start(void *argument);

struct spawn_box {
	uint32_t used;
	uint32_t site;
	spawn_start *start;
	void *argument;
};

/* NULL when all boxes are in use: the thread then begins without. */
struct spawn_box *spawn_prepare(spawn_start *start, void *argument, const struct anchor *anchor);

/* No thread came of it. */
void spawn_failed(struct spawn_box *box);

/* What the new thread begins with; takes a box. */
void *spawn_enter(void *box);

/* This thread's site, 0 = not known. */
OURS __thread uint32_t spawn_site;

/* What threads that have not begun yet will be given: for the leak scan. */
void spawn_each_argument(void (*visit)(uint64_t argument, void *context), void *context);

#endif
