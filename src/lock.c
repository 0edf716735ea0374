/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lock.h"

/* An owner that was preempted comes back within milliseconds; one that never does (a handler that
 * left by longjmp in the middle) must not stop the others. */
#define SPINS 200
#define YIELDS 20000

static bool try_take(struct lock *lock, int tid)
{
	int free = 0;

	return __atomic_compare_exchange_n(&lock->owner, &free, tid, false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

bool lock_take(struct lock *lock, int tid)
{
	for (int i = 0; i < SPINS + YIELDS; i++) {
		if (try_take(lock, tid))
			return true;
		if (__atomic_load_n(&lock->owner, __ATOMIC_RELAXED) == tid)
			return false;
		if (i < SPINS || sys_locked_down)
			lock_pause();
		else
			sys_yield();
	}
	return false;
}
