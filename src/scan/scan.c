/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scan/scan.h"

#include <signal.h>
#include <time.h>

#include "config.h"
#include "profile.h"
#include "scan/copy.h"
#include "scan/demand.h"
#include "scan/park.h"
#include "scan/stack.h"
#include "scan/withheld.h"
#include "scan/worker.h"
#include "thread.h"

#define CHILD_LEAST_US 200000u /* allowed for a forked child's scan, however short it lived */
#define STAY_US	       50000u  /* how long stopped threads outlast the scan, at the end */
#define WAIT_FIRST_US  50u
#define WAIT_MOST_US   2000u

static uint32_t begun;

static enum tide_scan_state wait_for(int pid, uint64_t limit_us)
{
	uint64_t until = sys_clock_us() + limit_us, step_us = WAIT_FIRST_US;
	bool done, late = false;

	for (;;) {
		enum tide_scan_state state = copy_reap(pid, &done);
		struct timespec pause = { 0, (long)step_us * 1000 };

		if (done)
			return late ? TIDE_SCAN_TIMED_OUT : state;
		if (!late && sys_clock_us() >= until) {
			sys_call(SYS_kill, pid, SIGKILL, 0, 0, 0, 0);
			late = true;
		}
		sys_call(SYS_nanosleep, (long)&pause, 0, 0, 0, 0, 0);
		if (step_us < WAIT_MOST_US)
			step_us += step_us / 2;
	}
}

/* A forked child is not kept longer than it has lived: its parent may be waiting. */
static uint64_t limit_us(void)
{
	uint64_t most = (uint64_t)config.leaks_time_s * 1000000, lived = profile_now_us();

	if (!(profile.header->flags & TIDE_FLAG_FORKED))
		return most;
	if (lived < CHILD_LEAST_US)
		lived = CHILD_LEAST_US;
	return lived < most ? lived : most;
}

static enum tide_scan_state scan_in_place(uint32_t unparked)
{
	if (unparked)
		return TIDE_SCAN_NO_COPY;
	job.in_place = true;
	profile.header->scan.flags |= TIDE_SCAN_IN_PLACE;
	return worker_run();
}

static enum tide_scan_state scan_stopped(void)
{
	struct tide_scan *scan = &profile.header->scan;
	enum tide_scan_state state;
	int pid;

	scan->threads = park_list();
	scan->unparked = park_stop();
	withheld_give();
	pid = copy_make();
	state = pid < 0 ? scan_in_place(scan->unparked) : wait_for(pid, limit_us());
	park_release(STAY_US);
	return state;
}

static void scan_now(void)
{
	struct tide_scan *scan = &profile.header->scan;
	uint64_t start = profile_now_us(), mask;
	enum tide_scan_state state;
	uintptr_t busy;

	copy_begin_scan(0, 0);
	busy = thread_hide();
	sys_block_signals(&mask);
	state = copy_prepare(COPY_AT_END) ? scan_stopped() : TIDE_SCAN_NO_SPACE;
	sys_restore_signals(&mask);
	thread_show(busy);
	scan->took_us = scan->pause_us = (uint32_t)(profile_now_us() - start);
	__atomic_store_n(&scan->state, state, __ATOMIC_RELEASE);
}

void scan_at_end(void)
{
	struct tide_scan *scan = &profile.header->scan;

	if (__atomic_exchange_n(&begun, 1, __ATOMIC_ACQ_REL))
		return;
	demand_give_up();
	if (!config.leaks)
		scan->state = TIDE_SCAN_OFF;
	else if (sys_locked_down)
		scan->state = TIDE_SCAN_LOCKED_DOWN;
	else
		scan_now();
}

static bool abort_is_handled(void)
{
	struct {
		uintptr_t handler;
		uint64_t rest[3];
	} action;

	return sys_call(SYS_rt_sigaction, SIGABRT, 0, (long)&action, 8, 0, 0) < 0 || action.handler;
}

void scan_at_abort(void)
{
	/* A handler of its own may know a way out, or be in a hurry to tell what went wrong. */
	if (config.leaks && !sys_locked_down && !abort_is_handled())
		scan_at_end();
}

void scan_begin(void)
{
	stack_begin();
}

void scan_withheld(uintptr_t at, size_t bytes, int advice)
{
	withheld_note(at, bytes, advice);
}

void scan_after_fork(void)
{
	begun = 0;
	demand_after_fork();
	withheld_after_fork();
}
