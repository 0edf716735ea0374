/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A second thread for the parts of a scan that are long, in a copy of the process that may use two
 * CPUs.  For worker.c, heap.c and mark.c.
 *
 * It is no thread of libc's: it shares the first one's thread-local memory, so that neither may
 * touch any.  It never returns; it goes with the copy.
 */
#ifndef SRC_SCAN_CREW_H
#define SRC_SCAN_CREW_H

#include "sys.h"

#define CREW_MOST 2u

/* Without one, all is done by the calling thread. */
void crew_begin(void);

/* 1 or 2. */
uint32_t crew_size(void);

/* Calls `work` with each number below the size, at the same time; returns when all have. */
typedef void crew_work(uint32_t number);
void crew_run(crew_work *work);

/* Which of them is running: for what each has for itself. */
uint32_t crew_number(void);

/* A moment, for a loop that waits for the other one. */
void crew_pause(uint32_t *round);

#endif
