/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fork.h"

#include "arena.h"
#include "blocks.h"
#include "config.h"
#include "control.h"
#include "mappings/mappings.h"
#include "marks.h"
#include "profile.h"
#include "scan/scan.h"
#include "sample.h"
#include "thread.h"
#include "timeline.h"
#include "waste.h"

static void clear_record(struct tide_record *record)
{
	record->live_bytes = record->live_blocks = 0;
	record->total_bytes = record->calls = record->temporaries = 0;
	record->high_bytes = record->snap_bytes = record->snap_blocks = record->published = 0;
	record->snap_epoch = 0;
	record->first_ms = record->last_ms = 0;
	__builtin_memset(record->histogram, 0, sizeof(record->histogram));
}

static void clear_history(void)
{
	for (uint32_t i = 1; i < profile_count(TIDE_SECTION_RECORDS); i++)
		clear_record(profile_record(i));
	for (uint32_t i = 0; i < profile_count(TIDE_SECTION_SITES); i++)
		profile_site(i)->shared_live = profile_site(i)->shared_high = 0;
	waste_after_fork();
}

static void inherit(void *context, uintptr_t address, const struct block *block)
{
	struct tide_record *record = profile_record(block->record);
	struct tide_thread *thread = profile_thread(record->thread);
	struct weight weight = sample_weigh(address, block->bytes);
	struct tide_header *h = context;

	record->live_bytes += weight.bytes;
	record->live_blocks += weight.blocks;
	thread->live_blocks += weight.blocks;
	h->inherited_bytes += (uint64_t)weight.bytes;
	h->inherited_blocks += (uint64_t)weight.blocks;
}

/* Own peaks begin at what was inherited. */
static void settle_peaks(void)
{
	for (uint32_t i = 1; i < profile_count(TIDE_SECTION_RECORDS); i++) {
		struct tide_record *record = profile_record(i);
		struct tide_site *site = profile_site(record->site & ~TIDE_RECORD_SHARED);

		record->high_bytes = record->live_bytes;
		record->published = record->live_bytes;
		site->shared_live += record->live_bytes;
		site->shared_high = site->shared_live;
	}
}

static void inherit_blocks(struct tide_header *h)
{
	h->inherited_bytes = h->inherited_blocks = 0;
	clear_history();
	blocks_each(inherit, h);
	settle_peaks();
	mappings_after_fork();
	h->pulse.live_bytes = (int64_t)h->inherited_bytes;
	h->pulse.peak_bytes = (int64_t)h->inherited_bytes;
}

bool fork_child(void)
{
	uint64_t interrupted;
	int tid;

	if (!config.children || sys_locked_down)
		return false;
	tid = sys_gettid();
	arena_after_fork();
	interrupted = blocks_after_fork();
	if (profile_fork(tid) < 0)
		return false;
	thread_after_fork();
	scan_after_fork();
	timeline_after_fork();
	marks_after_fork();
	control_after_fork(profile.header->pulse.control);
	inherit_blocks(profile.header);
	profile.header->drops[TIDE_DROP_INTERRUPTED] = interrupted;
	return true;
}
