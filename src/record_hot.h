/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The way of an allocation and of a free through the library, all of it inline: hooks.c makes
 * malloc and free of it, record.c the same for everybody else.  What happens rarely is in record.c.
 */
#ifndef SRC_RECORD_HOT_H
#define SRC_RECORD_HOT_H

#include "capture.h"
#include "control.h"
#include "peak.h"
#include "profile.h"
#include "record.h"
#include "sample.h"
#include "sites.h"
#include "waste.h"

#define RECORD_CLOCK_AT ((size_t)32 << 10) /* large blocks make peaks: their time is looked up */

OURS const uint8_t record_buckets[64];

/* The near cells are taken: insert in the slow way, and set the books right if that fails. */
void record_enter_slow(struct thread *t, struct tide_record *record, uintptr_t address,
		       size_t bytes);

/* The same while something is asked for from outside, or not everything is to be recorded. */
void record_alloc_controlled(const void *address, size_t bytes, const struct anchor *anchor);
void record_free_controlled(const void *address, const struct anchor *anchor);

/* Read the clock; false when the block is too large for the books. */
bool record_look(struct thread *t, size_t bytes);

/* Nothing is known of this address. */
void record_unknown_free(uintptr_t address);

#define HOT static __attribute__((always_inline)) inline

HOT void count_call(struct thread *t, struct tide_record *record, size_t bytes,
		    struct weight weight)
{
	uint32_t *bucket =
		&record->histogram[record_buckets[__builtin_clzl((bytes - (bytes > 0)) | 1)]];

	record->calls += (uint64_t)weight.blocks;
	record->total_bytes += (uint64_t)weight.bytes;
	record->last_ms = t->now_ms;
	if (likely(*bucket < UINT32_MAX - (uint32_t)weight.blocks))
		*bucket += (uint32_t)weight.blocks;
}

HOT void change(struct thread *t, struct tide_record *record, int64_t bytes, int blocks)
{
	peak_change(t, record, bytes, blocks);
	t->file->live_blocks += blocks;
}

/* The record where this thread books the end of a block: the allocating one when it is its own. */
HOT struct tide_record *own_record(struct thread *t, uint32_t number)
{
	struct tide_record *record = profile_record(number);

	if (likely(record->thread == t->slot))
		return record;
	return sites_record(t, record->site & ~TIDE_RECORD_SHARED);
}

HOT void enter_block(struct thread *t, struct blocks_spot spot, struct tide_record *record,
		     const void *address, size_t bytes)
{
	uint64_t value = blocks_value(record->number, bytes);

	if (unlikely(!blocks_insert_near(spot, (uintptr_t)address, value, t->birth)))
		record_enter_slow(t, record, (uintptr_t)address, bytes);
}

HOT struct tide_record *begin_block(struct thread *t, size_t bytes, const struct anchor *anchor)
{
	struct tide_record *record;

	if (unlikely(--t->until_clock == 0 || bytes >= RECORD_CLOCK_AT) && !record_look(t, bytes))
		return NULL;
	record = capture(t, anchor);
	if (unlikely(!record))
		profile_drop(TIDE_DROP_NO_SPACE);
	return record;
}

/*
 * With a control word: is this allocation none of the sample, and nothing else to be done?  Where
 * it may be one, it is weighed again in the slow way.
 */
HOT bool sample_passes(uint32_t word, const void *address, size_t bytes)
{
	struct thread *t = thread_self;
	int64_t weighed = (int64_t)(bytes | !bytes);

	if (word != TIDE_CONTROL_SAMPLED || unlikely(!t) || unlikely(t->until_sample <= weighed))
		return false;
	t->until_sample -= weighed;
	t->last_block = (uintptr_t)address;
	return true;
}

HOT void record_alloc_hot(const void *address, size_t bytes, const struct anchor *anchor)
{
	uint32_t word = control_word();
	struct tide_record *record;
	struct blocks_spot spot;
	struct thread *t;

	if (unlikely(word)) {
		if (!sample_passes(word, address, bytes))
			record_alloc_controlled(address, bytes, anchor);
		return;
	}
	t = thread_enter(anchor->cfa);
	if (unlikely(!t))
		return;
	spot = blocks_spot((uintptr_t)address, bytes);
	record = begin_block(t, bytes, anchor);
	/* Before it is in the table: see mark_unseen in scan/roots.c. */
	t->last_block = (uintptr_t)address;
	if (likely(record)) {
		count_call(t, record, bytes, (struct weight){ (int64_t)bytes, 1 });
		change(t, record, (int64_t)bytes, 1);
		enter_block(t, spot, record, address, bytes);
		if (unlikely(bytes >= WASTE_LARGE))
			waste_came(t, record, (uintptr_t)address, bytes);
	}
	thread_leave(t);
}

HOT void record_free_hot(const void *address, const struct anchor *anchor)
{
	uint32_t word = control_word();
	struct thread *t;
	struct block block;

	if (unlikely(word)) {
		if (word != TIDE_CONTROL_SAMPLED || modules_freed_by_linker(anchor->ret) ||
		    !sample_lacks((uintptr_t)address))
			record_free_controlled(address, anchor);
		return;
	}
	t = thread_enter(anchor->cfa);
	if (unlikely(!t))
		return;
	if (unlikely(modules_freed_by_linker(anchor->ret)))
		modules_check();
	if (likely(blocks_remove((uintptr_t)address, &block))) {
		struct tide_record *record = own_record(t, block.record);

		if (likely(record)) {
			change(t, record, -(int64_t)block.bytes, -1);
			if (t->last_block == (uintptr_t)address)
				record->temporaries++;
			if (unlikely(block.bytes >= WASTE_LARGE))
				waste_goes(t, record, (uintptr_t)address, block.bytes);
		}
	} else {
		record_unknown_free((uintptr_t)address);
	}
	if (t->last_block == (uintptr_t)address)
		t->last_block = 0;
	thread_leave(t);
}

#endif
