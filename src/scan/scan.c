/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scan/scan.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "arena.h"
#include "config.h"
#include "next.h"
#include "profile.h"
#include "scan/areas.h"
#include "scan/job.h"
#include "scan/park.h"
#include "scan/results.h"
#include "scan/stack.h"
#include "scan/worker.h"
#include "thread.h"

#define CHILD_LEAST_US	200000u /* allowed for a forked child's scan, however short it lived */
#define STAY_US		50000u	/* how long stopped threads outlast the scan, at the end */
#define WAIT_FIRST_US	50u
#define WAIT_MOST_US	2000u
#define DESCRIPTOR_HEAD 0x2c0u /* struct pthread begins with what the ABI lays down */
#define DESCRIPTOR_MOST 0x500u /* as far as the thread's number is looked for */

struct job job;

static uint32_t begun;

/* Events that leave blocks out of the books; such a block may hold others. */
static bool books_have_gaps(void)
{
	static const uint8_t reasons[] = {
		TIDE_DROP_NO_SPACE,  TIDE_DROP_NO_MEMORY,   TIDE_DROP_REENTRANT,
		TIDE_DROP_TOO_LARGE, TIDE_DROP_BLOCKS_FULL, TIDE_DROP_INTERRUPTED,
	};
	const struct tide_header *h = profile.header;

	if (h->sample_bytes || h->flags & (TIDE_FLAG_PAUSED | TIDE_FLAG_FOREIGN_MALLOC))
		return true;
	for (size_t i = 0; i < sizeof(reasons); i++)
		if (h->drops[reasons[i]])
			return true;
	return false;
}

/* Where libc's thread descriptor holds the thread's number: found, for it has moved before. */
static uint32_t find_tid_offset(uintptr_t descriptor, int tid)
{
	for (uint32_t at = DESCRIPTOR_HEAD; at < DESCRIPTOR_MOST; at += 4)
		if (*(const int *)(descriptor + at) == tid)
			return at;
	return 0;
}

static void fill_job(bool at_end)
{
	struct modules_found found;

	job = (struct job){ 0 };
	job.at_end = at_end;
	job.loose = books_have_gaps();
	job.holders = config.leaks_holders;
	job.sites = profile_count(TIDE_SECTION_SITES);
	job.tid = sys_gettid();
	job.is_first_thread = job.tid == sys_getpid();
	__asm__("mov %%fs:16, %0" : "=r"(job.descriptor));
	job.tid_offset = find_tid_offset(job.descriptor, job.tid);
	modules_find((uintptr_t)next.malloc, job.tid, &found);
	job.libc_start = found.start;
	job.libc_end = found.end;
	modules_find((uintptr_t)&fill_job, job.tid, &found);
	job.ours_start = found.start;
	job.ours_end = found.end;
	stack_of_program(&job.self);
}

/* For the holders, so that a root in a module's data has a name: modules on no stack, too. */
static void learn_modules(void)
{
	struct modules_found found;

	if (!areas_open())
		return;
	if (areas_read() == 0)
		for (uint32_t i = 0; i < areas_count(); i++)
			if (areas_get(i)->flags & AREA_FILE && areas_get(i)->flags & AREA_EXECUTE)
				modules_find(areas_get(i)->start, job.tid, &found);
	areas_close();
}

static bool take_room(void)
{
	job.blocks_most = RESULTS_BLOCKS;
	job.holders_most = job.holders ? RESULTS_HOLDERS : 0;
	return profile_room(TIDE_SECTION_LEAKS, job.sites, job.tid) &&
	       profile_room(TIDE_SECTION_LEAK_BLOCKS, job.blocks_most, job.tid) &&
	       profile_room(TIDE_SECTION_HOLDERS, job.holders_most, job.tid);
}

/* As much as the copy may have. */
static void lift_limit(int resource)
{
	uint64_t limit[2];

	if (sys_call(SYS_prlimit64, 0, resource, 0, (long)limit, 0, 0) < 0)
		return;
	limit[0] = limit[1];
	sys_call(SYS_prlimit64, 0, resource, (long)limit, 0, 0, 0);
}

/*
 * Nothing that the copy does must be seen: no core, no signal, no life beyond this process.  It
 * needs none of the descriptors, which may be all that can be had.
 */
static void __attribute__((noreturn)) be_the_copy(int parent)
{
	const uint64_t limit[2] = { 0, 0 };
	enum tide_scan_state state;

	sys_call(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0, 0);
	sys_call(SYS_prlimit64, 0, RLIMIT_CORE, (long)limit, 0, 0, 0);
	sys_call(SYS_close_range, 0, INT32_MAX, 0, 0, 0, 0);
	lift_limit(RLIMIT_NOFILE);
	lift_limit(RLIMIT_AS);
	lift_limit(RLIMIT_DATA);
	state = sys_getppid() == parent ? worker_run() : TIDE_SCAN_FAILED;
	for (;;)
		sys_call(SYS_exit_group, (long)state, 0, 0, 0, 0, 0);
}

/* The number of the copy, or a negative errno value. */
static int make_copy(void)
{
	int parent = sys_getpid();
	int pid = (int)sys_call(SYS_clone, CLONE_UNTRACED, 0, 0, 0, 0, 0);

	if (pid == 0)
		be_the_copy(parent);
	return pid;
}

static enum tide_scan_state reap(int pid, bool *done)
{
	int status = 0;
	long r = sys_call(SYS_wait4, pid, (long)&status, __WCLONE | WNOHANG, 0, 0, 0);

	*done = r != 0 && r != -EINTR;
	if (r != pid || !WIFEXITED(status))
		return TIDE_SCAN_FAILED;
	return WEXITSTATUS(status) < TIDE_SCAN_STATES ? (enum tide_scan_state)WEXITSTATUS(status)
						      : TIDE_SCAN_FAILED;
}

static enum tide_scan_state wait_for(int pid, uint64_t limit_us)
{
	uint64_t until = sys_clock_us() + limit_us, step_us = WAIT_FIRST_US;
	bool done, late = false;

	for (;;) {
		enum tide_scan_state state = reap(pid, &done);
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
	pid = make_copy();
	state = pid < 0 ? scan_in_place(scan->unparked) : wait_for(pid, limit_us());
	park_release(STAY_US);
	return state;
}

static enum tide_scan_state run(void)
{
	struct tide_scan *scan = &profile.header->scan;

	fill_job(true);
	if (job.holders)
		learn_modules();
	scan->flags = (job.loose ? TIDE_SCAN_LOOSE : 0u) | (job.holders ? TIDE_SCAN_HOLDERS : 0u);
	if (!take_room())
		return TIDE_SCAN_NO_SPACE;
	return scan_stopped();
}

static void begin_scan(uint64_t now_us)
{
	struct tide_scan *scan = &profile.header->scan;
	uint32_t number = scan->number;

	__atomic_store_n(&scan->state, TIDE_SCAN_RUNNING, __ATOMIC_RELEASE);
	barrier();
	*scan = (struct tide_scan){
		.state = TIDE_SCAN_RUNNING,
		.number = number + 1,
		.us = now_us,
	};
}

static void scan_now(void)
{
	struct tide_scan *scan = &profile.header->scan;
	uint64_t start = profile_now_us(), mask;
	enum tide_scan_state state;
	uintptr_t busy;

	begin_scan(start);
	busy = thread_hide();
	sys_block_signals(&mask);
	state = run();
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

void scan_after_fork(void)
{
	begun = 0;
}
