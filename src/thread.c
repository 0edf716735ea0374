/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "thread.h"

#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "arena.h"
#include "config.h"
#include "lock.h"
#include "peak.h"
#include "profile.h"
#include "python/stack.h"
#include "sample.h"
#include "spawn.h"

#define PLACES_MOST	(1u << 16)
#define DYING_ASKED	8u   /* candidates asked about at each new thread */
#define DYING_LOOKED_AT 64u  /* for one that was begun at the same site */
#define PLACES_APART	128u /* so many, until threads of different sites share them */
#define SWEEP_EVERY	256u /* new threads between two sweeps over all places */

__thread struct thread *thread_self;
__thread int thread_hidden;
__thread const struct record_realloc *thread_moving;

static struct {
	struct lock lock;
	pthread_key_t key;
	bool has_key;
	struct thread *all[PLACES_MOST];
	uint32_t count;
	uint32_t attached;
	struct thread *dying;
} places;

int thread_number(void)
{
	struct thread *t = thread_self;

	return t ? t->tid : sys_locked_down ? 1 : sys_gettid();
}

/* The room that a thread works in goes back to the kernel; its records stay. */
static void give_back(struct thread *t)
{
	uintptr_t from = ((uintptr_t)&t->walk + 4095) & ~(uintptr_t)4095;
	uintptr_t to = (uintptr_t)(t + 1) & ~(uintptr_t)4095;

	memo_shrink(&t->memo, t->memo_room);
	python_thread_ends(t);
	sys_advise((void *)from, to - from, MADV_DONTNEED);
}

/*
 * More of the program's frees may follow from later destructors; they find the place still there.
 */
static void ends(void *place)
{
	struct thread *t = place;

	if (thread_self != t || t->state != THREAD_ALIVE || t->busy)
		return;
	t->busy = (uintptr_t)__builtin_frame_address(0);
	peak_publish(t, profile_pulse());
	give_back(t);
	sys_call(SYS_prctl, PR_GET_NAME, (long)t->file->name, 0, 0, 0, 0);
	peak_threads(-1);
	if (lock_take(&places.lock, t->tid)) {
		t->state = THREAD_DYING;
		t->next_dying = places.dying;
		places.dying = t;
		lock_drop(&places.lock);
	}
	t->busy = 0;
}

void thread_begin(void)
{
	places.has_key = pthread_key_create(&places.key, ends) == 0;
}

static bool is_gone(const struct thread *t)
{
	return !sys_locked_down && !sys_thread_exists(profile.pid, t->tid);
}

/* The place of a thread that is gone and, if `alike`, was begun where this one was. */
static struct thread *take_dead(bool alike)
{
	struct thread **link = &places.dying;

	for (unsigned i = 0, asked = 0; *link && i < DYING_LOOKED_AT && asked < DYING_ASKED; i++) {
		struct thread *t = *link;

		if (!alike || t->file->spawn_site == spawn_site) {
			asked++;
			if (is_gone(t)) {
				*link = t->next_dying;
				return t;
			}
		}
		link = &t->next_dying;
	}
	return NULL;
}

/* The lock is held. */
static struct thread *take_old(void)
{
	struct thread *t = take_dead(true);

	return t || places.count < PLACES_APART ? t : take_dead(false);
}

/* Threads that ended without running destructors, by _exit of the thread alone for instance. */
static void sweep(void)
{
	for (uint32_t i = 0; i < places.count; i++) {
		struct thread *t = places.all[i];

		if (t->state != THREAD_ALIVE || t->is_nested || !is_gone(t))
			continue;
		peak_threads(-1);
		t->state = THREAD_DYING;
		t->next_dying = places.dying;
		places.dying = t;
	}
}

/* The lock is held. */
static struct thread *new_place(int tid)
{
	struct thread *t;

	if (places.count == PLACES_MOST)
		return NULL;
	t = arena_map(sizeof(*t));
	if (!t)
		return NULL;
	t->tid = tid;
	t->slot = profile_take(TIDE_SECTION_THREADS, tid);
	if (!t->slot) {
		arena_unmap(t, sizeof(*t));
		return NULL;
	}
	t->file = profile_thread(t->slot);
	memo_begin(&t->memo, t->memo_room);
	places.all[places.count] = t;
	/* Read without the lock: the place must be there before it counts. */
	__atomic_store_n(&places.count, places.count + 1, __ATOMIC_RELEASE);
	return t;
}

static struct thread *find_place(int tid)
{
	struct thread *t = NULL;

	if (!lock_take(&places.lock, tid))
		return NULL;
	if (++places.attached % SWEEP_EVERY == 0)
		sweep();
	t = take_old();
	if (!t)
		t = new_place(tid);
	lock_drop(&places.lock);
	return t;
}

static void settle(struct thread *t, int tid)
{
	t->tid = tid;
	t->state = THREAD_ALIVE;
	t->last_block = 0;
	t->now_us = profile_now_us();
	t->now_ms = (uint32_t)(t->now_us / 1000);
	t->until_clock = 1;
	t->clock_period = 1;
	t->until_sample = 0;
	if (config.sample_bytes)
		sample_draw(t);
	t->file->tid = (uint32_t)tid;
	t->file->spawned_apart |= t->file->users && t->file->spawn_site != spawn_site;
	t->file->spawn_site = spawn_site;
	t->file->users++;
	sys_call(SYS_prctl, PR_GET_NAME, (long)t->file->name, 0, 0, 0, 0);
}

/* Calls into libc, which may allocate: the thread is hidden. */
static void ask_libc(struct thread *t)
{
	walk_find_bounds(&t->stack);
	if (places.has_key)
		pthread_setspecific(places.key, t);
}

static struct thread *attach(void)
{
	struct thread *t;
	uint64_t signals;
	uintptr_t busy;
	int tid;

	if (sys_locked_down) {
		profile_drop(TIDE_DROP_LOCKED_DOWN);
		return NULL;
	}
	tid = sys_gettid();
	/* A handler's own events would be taken for ours below, and be lost. */
	sys_block_signals(&signals);
	busy = thread_hide();
	t = find_place(tid);
	if (t) {
		settle(t, tid);
		t->busy = UINTPTR_MAX;
		thread_self = t;
		ask_libc(t);
		peak_threads(1);
	} else {
		profile_drop(TIDE_DROP_NO_MEMORY);
	}
	thread_show(busy);
	sys_restore_signals(&signals);
	return t;
}

static struct thread *make_nested(struct thread *t)
{
	struct thread *n = NULL;

	if (sys_locked_down || !lock_take(&places.lock, t->tid))
		return NULL;
	n = new_place(t->tid);
	lock_drop(&places.lock);
	if (!n)
		return NULL;
	n->is_nested = true;
	settle(n, t->tid);
	n->stack = t->stack;
	t->nested = n;
	return n;
}

static bool on_own_stack(const struct thread *t, uintptr_t at)
{
	return at - t->stack.low < t->stack.high - t->stack.low;
}

/*
 * The hook that was at work stood as deep or deeper on the same stack: it will never come back.  A
 * handler that interrupts one stands strictly deeper.
 */
static bool was_abandoned(const struct thread *t, uintptr_t sp)
{
	return t->busy <= sp && on_own_stack(t, t->busy) && on_own_stack(t, sp);
}

struct thread *thread_enter_slow(uintptr_t sp)
{
	struct thread *t = thread_self;

	if (thread_hidden || (t && t->busy == THREAD_HIDDEN))
		return NULL;
	if (!t)
		t = attach();
	for (int level = 0; t && level < 2; level++) {
		if (!t->busy || was_abandoned(t, sp)) {
			t->busy = sp;
			barrier();
			return t;
		}
		t = t->nested ? t->nested : level == 0 ? make_nested(t) : NULL;
	}
	profile_drop(TIDE_DROP_REENTRANT);
	return NULL;
}

static void reset_place(struct thread *t)
{
	t->busy = 0;
	t->pending_bytes = 0;
	t->last_block = 0;
	*t->file = (struct tide_thread){ .tid = (uint32_t)t->tid,
					 .spawn_site = t->file->spawn_site };
}

/* The others' places keep their records, for blocks name them, and wait for new threads. */
void thread_after_fork(void)
{
	struct thread *self = thread_self;
	int tid = sys_gettid();

	places.lock.owner = 0;
	places.dying = NULL;
	for (uint32_t i = 0; i < places.count; i++) {
		struct thread *t = places.all[i];

		reset_place(t);
		if (t == self || (self && t == self->nested)) {
			settle(t, tid);
		} else if (!t->is_nested) {
			t->state = THREAD_DYING;
			t->next_dying = places.dying;
			places.dying = t;
		}
	}
}

int64_t thread_live_blocks(void)
{
	uint32_t count = __atomic_load_n(&places.count, __ATOMIC_ACQUIRE);
	int64_t blocks = 0;

	for (uint32_t i = 0; i < count; i++)
		blocks += __atomic_load_n(&places.all[i]->file->live_blocks, __ATOMIC_RELAXED);
	return blocks;
}

void thread_each(thread_visit *visit, void *context)
{
	uint32_t count = __atomic_load_n(&places.count, __ATOMIC_ACQUIRE);

	for (uint32_t i = 0; i < count; i++)
		if (!places.all[i]->is_nested)
			visit(context, places.all[i]);
}

int64_t thread_pending_bytes(void)
{
	uint32_t count = __atomic_load_n(&places.count, __ATOMIC_ACQUIRE);
	int64_t bytes = 0;

	for (uint32_t i = 0; i < count; i++)
		bytes += __atomic_load_n(&places.all[i]->pending_bytes, __ATOMIC_RELAXED);
	return bytes;
}
