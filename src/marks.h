/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Moments with a name, and the second peak that a program may set back at will.  Called by the
 * functions of tidemark.h, and by control for a mark asked for from outside and for each pause.
 * Hook-safe.
 */
#ifndef SRC_MARKS_H
#define SRC_MARKS_H

#include "control.h"
#include "thread.h"

/* A mark, flags as enum tide_mark_flag; dropped and counted where there is no room. */
void marks_add(const char *text, uint32_t flags);

/* Serves TIDE_CONTROL_MARK. */
void marks_from_outside(void);

int64_t marks_live(void);
int64_t marks_peak(void);
void marks_peak_reset(void);

/* Live has risen, by this thread: while TIDE_CONTROL_PEAK is set. */
void marks_raise(const struct thread *t);

void marks_after_fork(void);

#endif
