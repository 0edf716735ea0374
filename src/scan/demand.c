/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scan/demand.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "config.h"
#include "lock.h"
#include "owned.h"
#include "profile.h"
#include "scan/copy.h"
#include "scan/job.h"
#include "scan/mark.h"
#include "scan/withheld.h"
#include "thread.h"

#define APART_US      150000u /* between the two copies */
#define LOOK_EVERY_US 2000u   /* what has become of a copy */
#define PAUSE_NS      500000
#define ROOM_FOR_NEW  4096u /* blocks that come between counting and copying */

/* Shared by the two copies. */
struct findings {
	uint32_t told;
	uint32_t count;
	uint64_t keys[]; /* of blocks not reached by the first, in address order */
};

enum step { IDLE, FIRST_MADE, BOTH_MADE };

static struct {
	uint32_t turn; /* one thread at a time */
	uint32_t wanted;
	enum step step;
	int pids[2];
	uint64_t next_us;   /* nothing to do before */
	uint64_t second_us; /* no second copy before */
	struct findings *findings;
	size_t findings_bytes;
	uint32_t room;
} demand;

static bool make_findings(void)
{
	demand.room = (uint32_t)(thread_live_blocks() + ROOM_FOR_NEW);
	demand.findings_bytes = (sizeof(struct findings) + demand.room * sizeof(uint64_t) + 4095) &
				~(size_t)4095;
	demand.findings = sys_map(NULL, demand.findings_bytes, PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1);
	if (demand.findings)
		owned_add((uintptr_t)demand.findings, demand.findings_bytes);
	return demand.findings;
}

static void drop_findings(void)
{
	if (!demand.findings)
		return;
	owned_remove((uintptr_t)demand.findings, demand.findings_bytes);
	sys_unmap(demand.findings, demand.findings_bytes);
	demand.findings = NULL;
}

bool demand_tell(void)
{
	struct findings *f = demand.findings;
	uint32_t count = 0;

	for (uint32_t i = 0; i < heap.count && count < demand.room; i++)
		if (mark_class(i) != TIDE_LEAK_REACHABLE)
			f->keys[count++] = heap.blocks[i].key;
	f->count = count;
	__atomic_store_n(&f->told, 1, __ATOMIC_RELEASE);
	return count;
}

bool demand_wait(void)
{
	const struct timespec pause = { 0, PAUSE_NS };
	uint64_t until = sys_clock_us() + (uint64_t)config.leaks_time_s * 1000000;

	while (!__atomic_load_n(&demand.findings->told, __ATOMIC_ACQUIRE)) {
		if (sys_clock_us() >= until)
			return false;
		sys_call(SYS_nanosleep, (long)&pause, 0, 0, 0, 0, 0);
	}
	return true;
}

bool demand_agrees(uint64_t key)
{
	const struct findings *f = demand.findings;
	uint32_t low = 0, high;

	for (high = f->count; low < high;) {
		uint32_t middle = low + (high - low) / 2;

		if ((f->keys[middle] & BLOCKS_ADDRESS_MASK) < (key & BLOCKS_ADDRESS_MASK))
			low = middle + 1;
		else
			high = middle;
	}
	return low < f->count && f->keys[low] == key;
}

static void fail(enum tide_scan_state state)
{
	struct tide_scan *scan = &profile.header->scan;

	if (scan->state == TIDE_SCAN_RUNNING)
		__atomic_store_n(&scan->state, state, __ATOMIC_RELEASE);
}

static bool make(unsigned which)
{
	uint64_t start = sys_clock_us(), mask;
	uintptr_t busy = thread_hide();

	sys_block_signals(&mask);
	demand.pids[which] = -ENOSPC;
	if (copy_prepare(which ? COPY_SECOND : COPY_FIRST))
		demand.pids[which] = copy_make();
	sys_restore_signals(&mask);
	thread_show(busy);
	profile.header->scan.pause_us += (uint32_t)(sys_clock_us() - start);
	return demand.pids[which] > 0;
}

static void begin(void)
{
	uint32_t since_ms = profile.header->scan.since_asked_ms;

	copy_begin_scan(TIDE_SCAN_ON_DEMAND, since_ms);
	if (withheld_any())
		return fail(TIDE_SCAN_WITHHELD);
	if (!make_findings())
		return fail(TIDE_SCAN_NO_MEMORY);
	if (!make(0)) {
		drop_findings();
		return fail(demand.pids[0] == -ENOSPC ? TIDE_SCAN_NO_SPACE : TIDE_SCAN_NO_COPY);
	}
	demand.step = FIRST_MADE;
	demand.next_us = sys_clock_us() + LOOK_EVERY_US;
	demand.second_us = sys_clock_us() + APART_US;
}

/* What the first one could not reach somebody may have had in a register. */
static void make_second(void)
{
	if (!make(1))
		fail(TIDE_SCAN_NO_COPY);
}

/* Has it ended?  If it has not done what it was to do, neither has the scan. */
static bool reap(unsigned which)
{
	enum tide_scan_state state;
	bool done = true;

	if (demand.pids[which] <= 0)
		return true;
	state = copy_reap(demand.pids[which], &done);
	if (!done)
		return false;
	demand.pids[which] = 0;
	if (state != TIDE_SCAN_DONE)
		fail(state);
	return true;
}

static void look_at_first(void)
{
	uint64_t now = sys_clock_us();
	bool done = reap(0);

	demand.next_us = now + LOOK_EVERY_US;
	if (!__atomic_load_n(&demand.findings->told, __ATOMIC_ACQUIRE) && !done)
		return;
	if (demand.findings->count && now < demand.second_us)
		return;
	if (demand.findings->count)
		make_second();
	demand.step = BOTH_MADE;
}

static void collect(void)
{
	bool first = reap(0), second = reap(1);

	demand.next_us = sys_clock_us() + LOOK_EVERY_US;
	if (!first || !second)
		return;
	drop_findings();
	demand.step = IDLE;
}

static void go_on(void)
{
	if (demand.step != IDLE && sys_clock_us() < demand.next_us)
		return;
	if (demand.step == FIRST_MADE)
		look_at_first();
	else if (demand.step == BOTH_MADE)
		collect();
	else if (__atomic_exchange_n(&demand.wanted, 0, __ATOMIC_ACQ_REL))
		begin();
}

bool scan_on_demand(bool asked)
{
	bool more;

	if (asked)
		__atomic_store_n(&demand.wanted, 1, __ATOMIC_RELEASE);
	if (sys_locked_down) {
		if (asked)
			copy_begin_scan(TIDE_SCAN_ON_DEMAND, 0);
		fail(TIDE_SCAN_LOCKED_DOWN);
		return false;
	}
	/* Where a block is on the move it is in no table. */
	if (thread_moving || __atomic_exchange_n(&demand.turn, 1, __ATOMIC_ACQUIRE))
		return true;
	go_on();
	more = demand.step != IDLE || __atomic_load_n(&demand.wanted, __ATOMIC_ACQUIRE);
	__atomic_store_n(&demand.turn, 0, __ATOMIC_RELEASE);
	return more;
}

void demand_give_up(void)
{
	int round = 0;

	/* Nobody gets another turn. */
	while (__atomic_exchange_n(&demand.turn, 1, __ATOMIC_ACQUIRE) && lock_wait(&round))
		;
	for (unsigned i = 0; i < 2; i++) {
		if (demand.pids[i] <= 0)
			continue;
		sys_call(SYS_kill, demand.pids[i], SIGKILL, 0, 0, 0, 0);
		sys_call(SYS_wait4, demand.pids[i], 0, __WCLONE, 0, 0, 0);
		demand.pids[i] = 0;
	}
	demand.step = IDLE;
}

void demand_after_fork(void)
{
	demand.pids[0] = demand.pids[1] = 0;
	demand.step = IDLE;
	demand.turn = demand.wanted = 0;
}
