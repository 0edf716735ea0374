/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "record.h"

#include "record_hot.h"
#include "timeline.h"

/* A free that is part of an operator delete already reported; see hooks_cxx.c. */
static __thread uintptr_t expected_free;

/* Powers of eight from 16, by the number of leading zeros. */
const uint8_t record_buckets[64] = {
	[0 ... 41] = 7,	 [42 ... 44] = 6, [45 ... 47] = 5, [48 ... 50] = 4,
	[51 ... 53] = 3, [54 ... 56] = 2, [57 ... 59] = 1, [60 ... 63] = 0,
};

static void end_block(struct thread *t, const struct block *block)
{
	struct tide_record *record = own_record(t, block->record);

	if (record)
		change(t, record, -(int64_t)block->bytes, -1);
}

void record_enter_slow(struct thread *t, struct tide_record *record, uintptr_t address,
		       size_t bytes)
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

bool record_look(struct thread *t, size_t bytes)
{
	timeline_tick(t);
	if (likely(bytes <= BLOCKS_SIZE_MAX))
		return true;
	profile_drop(TIDE_DROP_TOO_LARGE);
	return false;
}

void record_alloc(const void *address, size_t bytes, const struct anchor *anchor)
{
	record_alloc_hot(address, bytes, anchor);
}

/* Nothing is known of this address; one that operator delete has reported is no surprise. */
void record_unknown_free(uintptr_t address)
{
	if (expected_free == address)
		expected_free = 0;
	else
		profile_drop(TIDE_DROP_UNKNOWN_FREE);
}

void record_free(const void *address, const struct anchor *anchor)
{
	record_free_hot(address, anchor);
}

void record_realloc_begin(struct record_realloc *r, const void *old, const struct anchor *anchor)
{
	struct thread *t = thread_enter(anchor->cfa);

	r->known = false;
	if (unlikely(!t))
		return;
	r->known = blocks_remove((uintptr_t)old, &r->old);
	if (!r->known)
		record_unknown_free((uintptr_t)old);
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
