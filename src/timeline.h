/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The process over time: a fixed number of rows in the recording.  When all are used, neighbours
 * merge and the interval doubles, so a second and a month take the same room.  No thread of our
 * own: the hooks look at the clock now and then.  Hook-safe.
 */
#ifndef SRC_TIMELINE_H
#define SRC_TIMELINE_H

#include "thread.h"

void timeline_begin(void);

/* Read the clock for this thread, and write a row when one is due. */
void timeline_tick(struct thread *t);

/* The same at a call that does not look at the clock, because somebody outside asks. */
void timeline_look(void);

/* A row at once: something is being noted. */
void timeline_note(int tid);

/* The last row, at the end. */
void timeline_end(void);

void timeline_after_fork(void);

#endif
