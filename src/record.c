/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "record.h"

#include "capture.h"
#include "peak.h"
#include "profile.h"
#include "sites.h"
#include "timeline.h"

#define CLOCK_AT_BYTES ((size_t)32 << 10) /* large blocks make peaks: their time is looked up */

/* A free that is part of an operator delete already reported; see hooks_cxx.c. */
static __thread uintptr_t expected_free;

/* Powers of eight from 16, by the number of leading zeros. */
static const uint8_t bucket_of_zeros[64] = {
	[0 ... 41] = 7,	 [42 ... 44] = 6, [45 ... 47] = 5, [48 ... 50] = 4,
	[51 ... 53] = 3, [54 ... 56] = 2, [57 ... 59] = 1, [60 ... 63] = 0,
};

static inline unsigned bucket_of(size_t bytes)
{
	return bucket_of_zeros[__builtin_clzl((bytes - (bytes > 0)) | 1)];
}

#define HOT static __attribute__((always_inline)) inline

HOT void count_call(struct thread *t, struct tide_record *record, size_t bytes)
{
	uint32_t *bucket = &record->histogram[bucket_of(bytes)];

	record->calls++;
	record->total_bytes += bytes;
	record->last_ms = t->now_ms;
	if (likely(*bucket != UINT32_MAX))
		++*bucket;
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

static void end_block(struct thread *t, const struct block *block)
{
	struct tide_record *record = own_record(t, block->record);

	if (record)
		change(t, record, -(int64_t)block->bytes, -1);
}

static __attribute__((noinline)) void enter_slow(struct thread *t, struct tide_record *record,
						 uintptr_t address, size_t bytes)
{
	struct block block = { .bytes = bytes, .record = record->number, .birth = t->birth };

	switch (blocks_insert_slow(address, &block, t->tid)) {
	case BLOCKS_OK:
		break;
	case BLOCKS_REPLACED:
		profile_drop(TIDE_DROP_MISSED_FREE);
		end_block(t, &block);
		break;
	case BLOCKS_FULL:
		/* Keep the books right: the block never was. */
		profile_drop(TIDE_DROP_BLOCKS_FULL);
		change(t, record, -(int64_t)bytes, -1);
	}
}

HOT void enter_block(struct thread *t, struct tide_record *record, const void *address,
		     size_t bytes)
{
	uint64_t value = blocks_value(record->number, bytes);

	if (unlikely(!blocks_insert_near((uintptr_t)address, value, t->birth)))
		enter_slow(t, record, (uintptr_t)address, bytes);
}

static __attribute__((noinline)) bool look_at(struct thread *t, size_t bytes)
{
	timeline_tick(t);
	if (likely(bytes <= BLOCKS_SIZE_MAX))
		return true;
	profile_drop(TIDE_DROP_TOO_LARGE);
	return false;
}

HOT struct tide_record *begin_block(struct thread *t, size_t bytes, const struct anchor *anchor)
{
	struct tide_record *record;

	if (unlikely(--t->until_clock == 0 || bytes >= CLOCK_AT_BYTES) && !look_at(t, bytes))
		return NULL;
	record = capture(t, anchor);
	if (unlikely(!record))
		profile_drop(TIDE_DROP_NO_SPACE);
	return record;
}

void record_alloc(const void *address, size_t bytes, const struct anchor *anchor)
{
	struct thread *t = thread_enter(anchor->cfa);
	struct tide_record *record;

	if (unlikely(!t))
		return;
	record = begin_block(t, bytes, anchor);
	if (likely(record)) {
		count_call(t, record, bytes);
		change(t, record, (int64_t)bytes, 1);
		enter_block(t, record, address, bytes);
	}
	t->last_block = (uintptr_t)address;
	thread_leave(t);
}

/* Nothing is known of this address; one that operator delete has reported is no surprise. */
static void unknown_free(uintptr_t address)
{
	if (expected_free == address)
		expected_free = 0;
	else
		profile_drop(TIDE_DROP_UNKNOWN_FREE);
}

void record_free(const void *address, const struct anchor *anchor)
{
	struct thread *t = thread_enter(anchor->cfa);
	struct block block;

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
		}
	} else {
		unknown_free((uintptr_t)address);
	}
	if (t->last_block == (uintptr_t)address)
		t->last_block = 0;
	thread_leave(t);
}

void record_realloc_begin(struct record_realloc *r, const void *old, const struct anchor *anchor)
{
	struct thread *t = thread_enter(anchor->cfa);

	r->known = false;
	if (unlikely(!t))
		return;
	r->known = blocks_remove((uintptr_t)old, &r->old);
	if (!r->known)
		unknown_free((uintptr_t)old);
	thread_leave(t);
}

/* One change from old to new: the peak never sees the moment between. */
static void move_block(struct thread *t, struct tide_record *record, const struct record_realloc *r,
		       size_t bytes)
{
	struct tide_record *old = r->known ? own_record(t, r->old.record) : NULL;

	if (old == record && old) {
		change(t, record, (int64_t)bytes - (int64_t)r->old.bytes, 0);
		return;
	}
	if (old)
		peak_move(t, old, record, (int64_t)r->old.bytes, (int64_t)bytes);
	else
		peak_change(t, record, (int64_t)bytes, 1);
	t->file->live_blocks += !old;
}

void record_realloc_done(const struct record_realloc *r, const void *address, size_t bytes,
			 const struct anchor *anchor)
{
	struct thread *t = thread_enter(anchor->cfa);
	struct tide_record *record;

	if (unlikely(!t))
		return;
	record = begin_block(t, bytes, anchor);
	if (likely(record)) {
		count_call(t, record, bytes);
		move_block(t, record, r, bytes);
		enter_block(t, record, address, bytes);
	} else if (r->known) {
		end_block(t, &r->old);
	}
	t->last_block = (uintptr_t)address;
	if (unlikely(modules_freed_by_linker(anchor->ret)))
		modules_check();
	thread_leave(t);
}

void record_realloc_freed(const struct record_realloc *r, const struct anchor *anchor)
{
	struct thread *t;

	if (!r->known)
		return;
	t = thread_enter(anchor->cfa);
	if (!t)
		return;
	end_block(t, &r->old);
	thread_leave(t);
}

void record_realloc_failed(const struct record_realloc *r, const void *old,
			   const struct anchor *anchor)
{
	struct thread *t;
	struct block block = r->old;

	if (!r->known)
		return;
	t = thread_enter(anchor->cfa);
	if (!t)
		return;
	if (blocks_insert((uintptr_t)old, &block, t->tid) == BLOCKS_FULL) {
		profile_drop(TIDE_DROP_BLOCKS_FULL);
		end_block(t, &r->old);
	}
	thread_leave(t);
}

bool record_was_last(const void *address)
{
	const struct thread *t = thread_self;

	return t && t->last_block == (uintptr_t)address;
}

void record_expect_free(const void *address)
{
	expected_free = (uintptr_t)address;
}
