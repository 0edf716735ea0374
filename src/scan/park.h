/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The other threads of the process: who they are, and, at its end, how they are stopped for a
 * moment so that their registers can be read.  For scan.c.
 *
 * A thread is stopped by a signal that it would otherwise ignore, sent to it alone: SIGURG, or
 * another one if the program has a handler for it or blocks it.  Its handler notes the registers
 * and waits.  A thread that blocks the signal, or sits behind a seccomp filter of its own, is left
 * alone; one that does not answer in time counts as unparked.  Never in the middle of a run: system
 * calls of the program would come back with EINTR.
 */
#ifndef SRC_SCAN_PARK_H
#define SRC_SCAN_PARK_H

#include "sys.h"

#define PARK_REGISTERS 16 /* the general ones, by their numbers in DWARF */

struct park_thread {
	int tid;
	uint32_t state; /* enum park_state */
	uint64_t registers[PARK_REGISTERS];
	uintptr_t moving; /* a block that the real realloc is at work on, or 0 */
	uint64_t moving_bytes;
};

enum park_state {
	PARK_UNTOUCHED, /* its registers are not known */
	PARK_ASKED,
	PARK_BUSY, /* it was at work in the library: to be asked again */
	PARK_PARKED,
};

/* The other threads, from /proc/self/task; how many.  Takes memory that park_end gives back. */
uint32_t park_list(void);
struct park_thread *park_thread(uint32_t number);
uint32_t park_count(void);

/* Stops those that can be stopped; how many could not. */
uint32_t park_stop(void);

/* They go on, at once or when `later_us` have passed. */
void park_release(uint32_t later_us);

/* The parked ones no longer use the list. */
void park_end(void);

#endif
