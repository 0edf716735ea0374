/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lock.h"

#include <time.h>

/* First in user space, then by giving up the processor, then asleep. */
#define SPINS	 200
#define YIELDS	 1000
#define SLEEP_NS 50000
#define SLEEPS	 40000 /* two seconds */

static bool try_take(struct lock *lock, int from, int tid)
{
	uint64_t signals;

	if (__atomic_load_n(&lock->owner, __ATOMIC_RELAXED) != from)
		return false;
	sys_block_signals(&signals);
	if (__atomic_compare_exchange_n(&lock->owner, &from, tid, false, __ATOMIC_ACQUIRE,
					__ATOMIC_RELAXED)) {
		lock->signals = signals;
		return true;
	}
	sys_restore_signals(&signals);
	return false;
}

bool lock_wait(int *round)
{
	const struct timespec pause = { 0, SLEEP_NS };

	if (*round < SPINS || sys_locked_down)
		__builtin_ia32_pause();
	else if (*round < SPINS + YIELDS)
		sys_yield();
	else
		sys_call(SYS_nanosleep, (long)&pause, 0, 0, 0, 0, 0);
	return ++*round < SPINS + YIELDS + SLEEPS;
}

bool lock_take(struct lock *lock, int tid)
{
	int owner = 0, round = 0;

	do {
		if (try_take(lock, 0, tid))
			return true;
		owner = __atomic_load_n(&lock->owner, __ATOMIC_RELAXED);
		if (owner == tid)
			return false;
	} while (lock_wait(&round));
	/*
	 * Two seconds for work of microseconds: the owner was thrown out of it by a longjmp from a
	 * signal handler.  What the locks guard is whole between any two steps.
	 */
	return owner && try_take(lock, owner, tid);
}

void lock_drop(struct lock *lock)
{
	uint64_t signals = lock->signals;

	__atomic_store_n(&lock->owner, 0, __ATOMIC_RELEASE);
	sys_restore_signals(&signals);
}
