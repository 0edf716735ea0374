/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "record.h"

#include "config.h"
#include "marks.h"
#include "python/objects.h"
#include "record_hot.h"
#include "timeline.h"

/* A free that is part of an operator delete already reported; see hooks_cxx.c. */
static __thread uintptr_t expected_free;

/* Powers of eight from 16, by the number of leading zeros. */
const uint8_t record_buckets[64] = {
	[0 ... 41] = 7,	 [42 ... 44] = 6, [45 ... 47] = 5, [48 ... 50] = 4,
	[51 ... 53] = 3, [54 ... 56] = 2, [57 ... 59] = 1, [60 ... 63] = 0,
};

static struct tide_record *end_block(struct thread *t, uintptr_t address, const struct block *block)
{
	struct tide_record *record = own_record(t, block->record);
	struct weight weight = sample_weigh(address, block->bytes);

	if (record)
		change(t, record, -weight.bytes, -(int)weight.blocks);
	return record;
}

void record_enter_slow(struct thread *t, struct tide_record *record, uintptr_t address,
		       size_t bytes)
{
	struct block block = { .bytes = bytes, .record = record->number, .birth = t->birth };
	struct weight weight = sample_weigh(address, bytes);

	switch (blocks_insert_slow(address, &block, t->tid)) {
	case BLOCKS_OK:
		break;
	case BLOCKS_REPLACED:
		profile_drop(TIDE_DROP_MISSED_FREE);
		end_block(t, address, &block);
		break;
	case BLOCKS_FULL:
		/* Keep the books right: the block never was. */
		profile_drop(TIDE_DROP_BLOCKS_FULL);
		change(t, record, -weight.bytes, -(int)weight.blocks);
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

/* Were there blocks that are not in the table by intention? */
static bool is_partial(void)
{
	return config.sample_bytes || profile.header->flags & TIDE_FLAG_PAUSED ||
	       python_objects_partial();
}

static bool is_surely_absent(uintptr_t address)
{
	return config.sample_bytes ? sample_lacks(address) : is_partial() && blocks_lacks(address);
}

/* Nothing is known of this address; one that operator delete has reported is no surprise. */
void record_unknown_free(uintptr_t address)
{
	if (expected_free == address)
		expected_free = 0;
	else if (!is_partial())
		profile_drop(TIDE_DROP_UNKNOWN_FREE);
}

static bool is_in_sample(struct thread *t, size_t bytes, const struct anchor *anchor)
{
	if (unlikely(!t)) {
		t = thread_enter(anchor->cfa);
		if (!t)
			return false;
		thread_leave(t);
	}
	return sample_takes(t, bytes);
}

/* Is this allocation to be recorded, by the control word? */
static bool is_wanted(const void *address, size_t bytes, const struct anchor *anchor)
{
	struct thread *t = thread_self;
	uint32_t word = control_word();

	if (unlikely(word & TIDE_CONTROL_REQUESTS))
		word = control_serve();
	/* Seen, though not recorded: for operator new above this malloc. */
	if (likely(t))
		t->last_block = (uintptr_t)address;
	if (word & TIDE_CONTROL_OFF && control_still_off())
		return false;
	return !(word & TIDE_CONTROL_SAMPLED) || is_in_sample(t, bytes, anchor);
}

static void put_in(struct thread *t, struct tide_record *record, const void *address, size_t bytes)
{
	if (config.sample_bytes)
		sample_came((uintptr_t)address);
	enter_block(t, blocks_spot((uintptr_t)address, bytes), record, address, bytes);
}

static bool take_out(uintptr_t address, struct block *block)
{
	bool known = blocks_remove_dense(address, block) || blocks_remove(address, block);

	if (known && config.sample_bytes)
		sample_went(address);
	return known;
}

static void watch_peak(const struct thread *t)
{
	if (unlikely(control_word() & TIDE_CONTROL_PEAK))
		marks_raise(t);
}

void record_alloc_controlled(const void *address, size_t bytes, const struct anchor *anchor)
{
	struct tide_record *record;
	struct weight weight;
	struct thread *t;

	if (likely(!is_wanted(address, bytes, anchor)))
		return;
	t = thread_enter(anchor->cfa);
	if (unlikely(!t))
		return;
	record = begin_block(t, bytes, anchor);
	if (likely(record)) {
		weight = sample_weigh((uintptr_t)address, bytes);
		count_call(t, record, bytes, weight);
		change(t, record, weight.bytes, (int)weight.blocks);
		watch_peak(t);
		put_in(t, record, address, bytes);
		if (bytes >= WASTE_LARGE)
			waste_came(t, record, (uintptr_t)address, bytes);
	}
	t->last_block = (uintptr_t)address;
	thread_leave(t);
}

static void end_known(struct thread *t, uintptr_t address, const struct block *block)
{
	struct tide_record *record = end_block(t, address, block);

	if (unlikely(!record))
		return;
	if (t->last_block == address)
		record->temporaries += (uint64_t)sample_weigh(address, block->bytes).blocks;
	if (block->bytes >= WASTE_LARGE)
		waste_goes(t, record, address, block->bytes);
}

void record_free_controlled(const void *address, const struct anchor *anchor)
{
	struct block block;
	struct thread *t;

	if (unlikely(control_word() & TIDE_CONTROL_REQUESTS))
		control_serve();
	if (unlikely(modules_freed_by_linker(anchor->ret)))
		modules_check();
	if (likely(is_surely_absent((uintptr_t)address)))
		return;
	t = thread_enter(anchor->cfa);
	if (unlikely(!t))
		return;
	if (take_out((uintptr_t)address, &block))
		end_known(t, (uintptr_t)address, &block);
	else
		record_unknown_free((uintptr_t)address);
	if (t->last_block == (uintptr_t)address)
		t->last_block = 0;
	thread_leave(t);
}

void record_free(const void *address, const struct anchor *anchor)
{
	record_free_hot(address, anchor);
}

void record_realloc_begin(struct record_realloc *r, const void *old, const struct anchor *anchor)
{
	struct thread *t;

	r->known = false;
	r->address = (uintptr_t)old;
	if (is_surely_absent((uintptr_t)old))
		return;
	t = thread_enter(anchor->cfa);
	if (unlikely(!t))
		return;
	r->known = take_out((uintptr_t)old, &r->old);
	if (!r->known)
		record_unknown_free((uintptr_t)old);
	else if (r->old.bytes >= WASTE_LARGE)
		waste_moves(r->address, r->old.bytes);
	thread_leave(t);
}

/* One change from old to new: the peak never sees the moment between. */
static void move_block(struct thread *t, struct tide_record *record, const struct record_realloc *r,
		       struct weight to)
{
	struct tide_record *old = r->known ? own_record(t, r->old.record) : NULL;
	struct weight from = sample_weigh(r->address, r->old.bytes);

	if (old == record && old) {
		change(t, record, to.bytes - from.bytes, (int)(to.blocks - from.blocks));
		return;
	}
	if (old)
		peak_move(t, old, record, from, to);
	else
		peak_change(t, record, to.bytes, (int)to.blocks);
	t->file->live_blocks += to.blocks - (old ? from.blocks : 0);
}

static void note_waste(struct thread *t, struct tide_record *record, const struct record_realloc *r,
		       uintptr_t address, size_t bytes)
{
	if (r->known && bytes > r->old.bytes)
		waste_grew(t, record, r->old.record, r->old.bytes, bytes, address != r->address);
	if (bytes >= WASTE_LARGE)
		waste_kept(t, record, address, bytes);
}

void record_realloc_done(const struct record_realloc *r, const void *address, size_t bytes,
			 const struct anchor *anchor)
{
	bool wanted = !control_word() || is_wanted(address, bytes, anchor);
	struct tide_record *record;
	struct thread *t;

	if (!wanted && !r->known)
		return;
	t = thread_enter(anchor->cfa);
	if (unlikely(!t))
		return;
	record = wanted ? begin_block(t, bytes, anchor) : NULL;
	if (likely(record)) {
		struct weight weight = sample_weigh((uintptr_t)address, bytes);

		count_call(t, record, bytes, weight);
		move_block(t, record, r, weight);
		watch_peak(t);
		put_in(t, record, address, bytes);
		note_waste(t, record, r, (uintptr_t)address, bytes);
	} else if (r->known) {
		end_block(t, r->address, &r->old);
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
	end_block(t, r->address, &r->old);
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
	if (config.sample_bytes)
		sample_came((uintptr_t)old);
	if (blocks_insert((uintptr_t)old, &block, t->tid) == BLOCKS_FULL) {
		profile_drop(TIDE_DROP_BLOCKS_FULL);
		end_block(t, r->address, &r->old);
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
