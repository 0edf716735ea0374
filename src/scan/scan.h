/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The leak scan: which live blocks can the program still reach?
 *
 * The process is copied by a clone that the program cannot notice; the copy, frozen, sorts the live
 * blocks into classes and writes them into the recording.  At the end of the process that is waited
 * for.  Where no copy can be made the scan works in place, if all other threads could be stopped.
 *
 *   scan.c demand.c  when, whether, and how long: at the end, in the middle of a run
 *   copy.c           the copy of the process
 *   stack.c park.c   where the threads stand
 *   worker.c         the scan, step by step:
 *     areas.c pages.c    what is mapped, and what of it is there
 *     heap.c heap_find.c the live blocks in order, the one at an address
 *     malloc_memory.c    what malloc has; cuts.c: what is no root
 *     roots.c mark.c heuristics.c    who reaches what; flood.c: from block to block
 *                        pending.c: where there are blocks to look at
 *     lost.c             who of the lost leads
 *     results.c          into the recording
 */
#ifndef SRC_SCAN_SCAN_H
#define SRC_SCAN_SCAN_H

#include "sys.h"

/* At the start, from the constructor. */
void scan_begin(void);

/* From the hook of madvise: a copy of the process may lack this memory. */
void scan_withheld(uintptr_t at, size_t bytes, int advice);

/* The process ends: look for leaks, once.  Called by start.c, before the recording is sealed. */
void scan_at_end(void);

/* The process is about to abort, which its handler for SIGABRT may prevent: it may end yet. */
void scan_at_abort(void);

/* In a forked child: its own scan is still to come. */
void scan_after_fork(void);

#endif
