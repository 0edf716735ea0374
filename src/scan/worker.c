/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scan/worker.h"

#include "blocks.h"
#include "profile.h"
#include "scan/areas.h"
#include "scan/crew.h"
#include "scan/cuts.h"
#include "scan/demand.h"
#include "scan/heap.h"
#include "scan/job.h"
#include "scan/malloc_memory.h"
#include "scan/mark.h"
#include "scan/results.h"
#include "scan/roots.h"
#include "thread.h"
#include "waste.h"

#define BLOCKS_FOR_TWO 8192
#define BYTES_FOR_TWO  ((int64_t)16 << 20)

/* A second thread costs more than it gives where there is little to look at. */
static bool is_worth_two(void)
{
	return thread_live_blocks() >= BLOCKS_FOR_TWO ||
	       profile.header->pulse.live_bytes >= BYTES_FOR_TWO;
}

static bool cut_all(void)
{
	bool ok = malloc_memory_cut(job.libc_start, job.libc_end, job.loose) && roots_cut();

	cuts_sort();
	return ok;
}

/*
 * What the program may have got by brk itself lies between malloc's, which is found by walking all
 * chunks: only if there is need.
 */
static bool mark_break(void)
{
	bool ok;

	if (job.loose)
		return true;
	cuts_clear();
	ok = malloc_memory_cut_break(job.libc_start, job.libc_end) && roots_cut();
	cuts_sort();
	roots_mark_break();
	return ok;
}

/* Large blocks that are not freed any more: was what they hold ever touched? */
static void look_at_large(void)
{
	for (uint32_t i = 0; i < heap.count; i++)
		if (unlikely(heap_bytes(i) >= WASTE_LARGE))
			waste_at_end(heap_record(i), heap_start(i), heap_bytes(i));
}

static enum tide_scan_state scan(void)
{
	/* A copy made while another thread split a page of the table finishes the split. */
	if (!job.in_place)
		blocks_in_copy();
	/* One that goes through what holds what has it in an order of its own. */
	if (!job.in_place && !job.holders && is_worth_two())
		crew_begin();
	if (areas_read() < 0)
		return TIDE_SCAN_NO_MAPS;
	if (cuts_begin() < 0 || heap_make() < 0 || mark_begin(job.holders) < 0 || !cut_all())
		return TIDE_SCAN_NO_MEMORY;
	roots_mark();
	/* Ways to the holders' blocks are to be short: from all roots at once. */
	if ((job.holders || !mark_reach()) && !mark_break())
		return TIDE_SCAN_NO_MEMORY;
	mark_all();
	if (job.kind == COPY_FIRST) {
		job.is_last = !demand_tell();
		if (!job.is_last)
			return TIDE_SCAN_DONE;
	}
	if (job.kind == COPY_SECOND && !demand_wait())
		return TIDE_SCAN_TIMED_OUT;
	if (job.kind == COPY_AT_END)
		look_at_large();
	return results_write() ? TIDE_SCAN_DONE : TIDE_SCAN_NO_MEMORY;
}

enum tide_scan_state worker_run(void)
{
	enum tide_scan_state state;

	if (!areas_open())
		return TIDE_SCAN_NO_MAPS;
	if (!job.in_place)
		return scan();
	state = scan();
	mark_end();
	heap_end();
	cuts_end();
	areas_close();
	return state;
}
