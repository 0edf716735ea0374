/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The way of a small Python object through the library, which is that of record_hot.h made short:
 * the interpreter lock is held, the block lies in an arena (dense.h), its stack was met a moment
 * ago (python/quick.h), and the thread's place is taken once for the event and for the
 * interpreter's own allocator below it, which is hidden.
 *
 * Called by hooks_python.c alone.  Whatever is out of the ordinary is left to record.h.  `frame` is
 * the frame address of the hook: what is read there is read where it is needed.
 */
#ifndef SRC_RECORD_OBJECT_H
#define SRC_RECORD_OBJECT_H

#include "python/codes.h"
#include "python/objects.h"
#include "python/quick.h"
#include "record_hot.h"
#include "start.h"

#define OBJECT_BYTES_MOST 512u /* of the interpreter's own allocator; the rest is malloc's */

/* There was one at this address already, whose end was not seen. */
void record_object_replaced(struct thread *t, const void *address);

/* Any object, in any state. */
void record_object_free(const void *address, const struct anchor *anchor);

/* While not all that Python does is seen, or no frame of this thread was yet. */
struct tide_record *capture_object_plain(struct thread *t, uintptr_t frame);

/* A stack that is not among the quick ones. */
struct tide_record *capture_object_anew(struct thread *t, uintptr_t frame, uintptr_t state,
					uint64_t chain);

/* As ANCHOR_HERE there. */
HOT struct anchor object_anchor(uintptr_t frame)
{
	const uintptr_t *words = (const uintptr_t *)frame;

	return (struct anchor){ .cfa = frame + 16, .ret = words[1], .rbp = words[0] };
}

/* The calling thread's place, hidden; NULL when this event is not an ordinary one. */
HOT struct thread *object_enter(void)
{
	struct thread *t = thread_self;

	if (unlikely(!t || t->busy || start_armed.word != ARMED_ON || control_word()))
		return NULL;
	t->busy = THREAD_HIDDEN;
	barrier();
	return t;
}

HOT struct tide_record *capture_object(struct thread *t, uintptr_t frame)
{
	const struct python_thread *p = t->python;
	struct tide_record *record;
	struct anchor here;
	uintptr_t state, innermost;
	uint64_t chain;

	if (unlikely(--t->until_clock == 0))
		record_look(t, 0);
	if (unlikely(!p || !python.sees_codes))
		return capture_object_plain(t, frame);
	state = python_state_held(t, p);
	innermost = likely(state) ? python_innermost(state) : 0;
	if (unlikely(!innermost))
		return capture_object_plain(t, frame);
	chain = python_chain(innermost);
	here = object_anchor(frame);
	record = python_quick_find(p, here.cfa, here.ret, chain);
	return likely(record) ? record : capture_object_anew(t, frame, state, chain);
}

/* Where a block of this size is to be entered, NULL if not beside an arena. */
HOT union dense_word *object_word(const void *address, size_t bytes)
{
	if (unlikely(bytes - DENSE_LEAST > OBJECT_BYTES_MOST - DENSE_LEAST))
		return NULL;
	return dense_word((uintptr_t)address);
}

HOT void object_enters(struct thread *t, union dense_word *word, struct tide_record *record,
		       const void *address, size_t bytes)
{
	/* Before it is in the table: see mark_unseen in scan/roots.c. */
	t->last_block = (uintptr_t)address;
	barrier();
	if (unlikely(dense_holds(word)))
		record_object_replaced(t, address);
	word->is = dense_pack(record->number, t->birth, bytes);
}

/* False: this block is for record_alloc. */
HOT bool object_came(struct thread *t, const void *address, size_t bytes, uintptr_t frame)
{
	union dense_word *word = object_word(address, bytes);
	struct tide_record *record;

	if (unlikely(!word))
		return false;
	__builtin_prefetch(word, 1);
	t->busy = frame;
	barrier();
	record = capture_object(t, frame);
	if (unlikely(!record)) {
		t->last_block = (uintptr_t)address;
		profile_drop(TIDE_DROP_NO_SPACE);
		return true;
	}
	count_call(t, record, bytes, (struct weight){ (int64_t)bytes, 1 });
	change(t, record, (int64_t)bytes, 1);
	object_enters(t, word, record, address, bytes);
	return true;
}

/* The object leaves its place; false: it is for record_realloc_begin. */
HOT bool object_lifts(struct record_realloc *r, const void *old)
{
	r->address = (uintptr_t)old;
	r->known = blocks_remove_dense(r->address, &r->old);
	return r->known;
}

/* Back to where it was, for the allocator has failed. */
HOT void object_stays(const struct record_realloc *r)
{
	dense_word(r->address)->is = dense_pack(r->old.record, r->old.birth, r->old.bytes);
}

/* The object lifted has another size, perhaps place; false: it is for record_realloc_done. */
HOT bool object_moved(struct thread *t, const struct record_realloc *r, const void *address,
		      size_t bytes, uintptr_t frame)
{
	union dense_word *word = object_word(address, bytes);
	struct tide_record *record, *old;

	if (unlikely(!word))
		return false;
	t->busy = frame;
	barrier();
	old = own_record(t, r->old.record);
	record = old ? capture_object(t, frame) : NULL;
	if (unlikely(!record))
		return false;
	count_call(t, record, bytes, (struct weight){ (int64_t)bytes, 1 });
	if (old == record)
		peak_change(t, record, (int64_t)bytes - (int64_t)r->old.bytes, 0);
	else
		peak_move(t, old, record, (struct weight){ (int64_t)r->old.bytes, 1 },
			  (struct weight){ (int64_t)bytes, 1 });
	object_enters(t, word, record, address, bytes);
	return true;
}

/* Less of what lives: never a peak. */
HOT void object_ends(struct thread *t, struct tide_record *record, int64_t bytes)
{
	struct tide_pulse *pulse = profile_pulse();

	if (likely(peak_alone())) {
		peak_add_alone(&pulse->live_bytes, -bytes);
		pulse->fallen = 1;
		peak_apply(pulse, record, true, -bytes, -1);
	} else {
		peak_change(t, record, -bytes, -1);
	}
	t->file->live_blocks--;
}

/* False: this block is for record_object_free. */
HOT bool object_goes(struct thread *t, const void *address, uintptr_t frame)
{
	union dense_word *word = dense_word((uintptr_t)address);
	struct tide_record *record;
	struct block block;
	uint64_t mark;

	if (unlikely(!dense_holds(word)))
		return false;
	t->busy = frame;
	barrier();
	mark = word->is & DENSE_MARK;
	blocks_unpack_dense(&block, word->is);
	word->is = 0;
	if (unlikely(mark))
		python_code_ends();
	record = own_record(t, block.record);
	if (likely(record)) {
		object_ends(t, record, (int64_t)block.bytes);
		if (t->last_block == (uintptr_t)address)
			record->temporaries++;
	}
	if (t->last_block == (uintptr_t)address)
		t->last_block = 0;
	return true;
}

#endif
