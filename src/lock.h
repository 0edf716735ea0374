/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A spin lock that knows its owner: a signal handler that interrupts the owner finds its own
 * thread's number in it and gives up instead of waiting for itself.  Held for microseconds, and
 * only when a table grows; never while anything outside the library is called.  A forked child
 * resets it.
 */
#ifndef SRC_LOCK_H
#define SRC_LOCK_H

#include "sys.h"

struct lock {
	int owner; /* thread number, 0 = free */
};

/* False when this very thread holds it: a signal handler has interrupted the owner. */
bool lock_take(struct lock *lock, int tid);

/* Wait a little for another thread, the longer the later; false when it has taken two seconds. */
bool lock_wait(int *round);

static inline void lock_drop(struct lock *lock)
{
	__atomic_store_n(&lock->owner, 0, __ATOMIC_RELEASE);
}

#endif
