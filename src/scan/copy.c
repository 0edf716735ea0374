/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scan/copy.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "config.h"
#include "next.h"
#include "profile.h"
#include "scan/areas.h"
#include "scan/results.h"
#include "scan/stack.h"
#include "scan/worker.h"

#define DESCRIPTOR_HEAD 0x2c0u /* struct pthread begins with what the ABI lays down */
#define DESCRIPTOR_MOST 0x500u /* as far as the thread's number is looked for */

struct job job;

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

static void fill_job(enum copy_kind kind)
{
	struct modules_found found;

	job = (struct job){ 0 };
	job.kind = kind;
	job.is_last = kind == COPY_SECOND;
	job.since_ms = profile.header->scan.since_ms;
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

bool copy_prepare(enum copy_kind kind)
{
	struct tide_scan *scan = &profile.header->scan;

	fill_job(kind);
	if (job.holders)
		learn_modules();
	scan->flags |= (job.loose ? TIDE_SCAN_LOOSE : 0u) | (job.holders ? TIDE_SCAN_HOLDERS : 0u);
	return take_room();
}

/* It has nobody to tell but the recording. */
static void note_end(enum tide_scan_state state)
{
	struct tide_scan *scan = &profile.header->scan;

	if (!job.is_last)
		return;
	scan->took_us = (uint32_t)(profile_now_us() - scan->us);
	__atomic_store_n(&scan->state, state, __ATOMIC_RELEASE);
}

static void set_limit(int resource, uint64_t most)
{
	const uint64_t both[2] = { most, most };

	sys_call(SYS_prlimit64, 0, resource, (long)both, 0, 0, 0);
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
 * Nothing that the copy does must be seen: no core, no signal, no life beyond its use.  At the end
 * it dies with the process; in the middle of a run the thread that made it may end before.  It
 * needs none of the descriptors, which may be all that can be had.
 */
static void __attribute__((noreturn)) be_the_copy(int parent)
{
	enum tide_scan_state state;

	if (job.kind == COPY_AT_END)
		sys_call(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0, 0);
	set_limit(RLIMIT_CORE, 0);
	set_limit(RLIMIT_CPU, config.leaks_time_s + 1);
	sys_call(SYS_close_range, 0, INT32_MAX, 0, 0, 0, 0);
	lift_limit(RLIMIT_NOFILE);
	lift_limit(RLIMIT_AS);
	lift_limit(RLIMIT_DATA);
	state = sys_getppid() == parent ? worker_run() : TIDE_SCAN_FAILED;
	note_end(state);
	for (;;)
		sys_call(SYS_exit_group, (long)state, 0, 0, 0, 0, 0);
}

int copy_make(void)
{
	int parent = sys_getpid();
	int pid = (int)sys_call(SYS_clone, CLONE_UNTRACED, 0, 0, 0, 0, 0);

	if (pid == 0)
		be_the_copy(parent);
	return pid;
}

enum tide_scan_state copy_reap(int pid, bool *done)
{
	int status = 0;
	long r = sys_call(SYS_wait4, pid, (long)&status, __WCLONE | WNOHANG, 0, 0, 0);

	*done = r != 0 && r != -EINTR;
	if (r != pid || !WIFEXITED(status))
		return TIDE_SCAN_FAILED;
	return WEXITSTATUS(status) < TIDE_SCAN_STATES ? (enum tide_scan_state)WEXITSTATUS(status)
						      : TIDE_SCAN_FAILED;
}

void copy_begin_scan(uint32_t flags, uint32_t since_ms)
{
	struct tide_scan *scan = &profile.header->scan;
	uint32_t number = scan->number;

	__atomic_store_n(&scan->state, TIDE_SCAN_RUNNING, __ATOMIC_RELEASE);
	barrier();
	*scan = (struct tide_scan){
		.state = TIDE_SCAN_RUNNING,
		.number = number + 1,
		.us = profile_now_us(),
		.flags = flags,
		.since_ms = since_ms,
	};
}
