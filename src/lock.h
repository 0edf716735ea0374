/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A spin lock for what happens rarely: a table grows, a thread begins.  Held for microseconds, and
 * never while anything outside the library is called.
 *
 * Signals are blocked while it is held: a handler that allocates would find the lock its own
 * thread's, and its event would be lost.  The lock knows its owner all the same, for a program in
 * strict seccomp, which can block nothing.  A forked child resets it.
 */
#ifndef SRC_LOCK_H
#define SRC_LOCK_H

#include "sys.h"

struct lock {
	int owner;	  /* thread number, 0 = free */
	uint64_t signals; /* the owner's mask from before */
};

/* False when this very thread holds it: a signal handler has interrupted the owner. */
bool lock_take(struct lock *lock, int tid);

void lock_drop(struct lock *lock);

/* Wait a little for another thread, the longer the later; false when it has taken two seconds. */
bool lock_wait(int *round);

#endif
