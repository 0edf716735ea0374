/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From the record of a stack of machine code to the one of that stack together with Python's
 * frames.  Machine code down to the first function that runs bytecode, then Python; or, merged,
 * each such function replaced by the Python frames that it runs.
 *
 * Hook-safe; called by capture.h for every event once Python is on.
 */
#ifndef SRC_PYTHON_JOIN_H
#define SRC_PYTHON_JOIN_H

#include "profile.h"
#include "python/stack.h"

/* `record` itself where there is no Python frame; NULL stays NULL. */
struct tide_record *python_join(struct thread *t, struct tide_record *record);

/* The key of both, 0 if none is to be had, has not led to a record. */
struct tide_record *python_join_anew(struct thread *t, struct tide_record *native, uint64_t key,
				     uintptr_t state);

#define PYTHON_MIX 0x9e3779b97f4a7c15u

/* What python_chain gives for interpreters up to 3.10. */
uint64_t python_chain_of_indices(uintptr_t frame);

#define PYTHON_HOT static __attribute__((always_inline)) inline

/* Of those that have frames for C code. */
PYTHON_HOT uint64_t python_chain_over_others(uintptr_t frame)
{
	const uintptr_t previous = python.layout.previous, position = python.layout.position;
	const uintptr_t owner = python.layout.owner;
	const uint8_t least = python.layout.owner_least;
	uint64_t sum = python_code_generation;
	uint32_t left = python.depth;

	do {
		sum = (sum ^ *(const uint64_t *)(frame + position)) * PYTHON_MIX;
		do
			frame = *(const uintptr_t *)(frame + previous);
		while (frame && *(const uint8_t *)(frame + owner) >= least);
	} while (frame && --left);
	return frame ? ~sum : sum;
}

/*
 * All positions of a chain of frames in one number.  Where a frame stands does not matter, and the
 * position says which code it is, as long as none has ended.  One step is one to one, so chains
 * that differ in one position have two numbers; of those that differ in more, one pair in 2^64
 * would not.
 */
PYTHON_HOT uint64_t python_chain(uintptr_t frame)
{
	const uintptr_t previous = python.layout.previous, position = python.layout.position;
	uint64_t sum = python_code_generation;
	uint32_t left = python.depth;

	if (unlikely(python.layout.position_is_int))
		return python_chain_of_indices(frame);
	if (python.layout.owner_least)
		return python_chain_over_others(frame);
	do {
		sum = (sum ^ *(const uint64_t *)(frame + position)) * PYTHON_MIX;
		frame = *(const uintptr_t *)(frame + previous);
	} while (frame && --left);
	return frame ? ~sum : sum;
}

static inline uint64_t python_joint_key(const struct tide_record *native, uint64_t chain)
{
	return (chain ^ native->number) * PYTHON_MIX;
}

static inline struct python_joint *python_joint(struct python_thread *p, uint64_t key)
{
	return &p->joints[key >> 40 & p->joints_mask];
}

PYTHON_HOT struct tide_record *python_join_by_state(struct thread *t, struct tide_record *native,
						    uintptr_t state)
{
	struct python_thread *p = t->python;
	const struct python_joint *joint;
	uintptr_t frame;
	uint64_t key;

	if (unlikely(!state))
		return native;
	if (unlikely(!p || !python.sees_codes))
		return python_join_anew(t, native, 0, state);
	frame = python_innermost(state);
	if (unlikely(!frame))
		return native;
	key = python_joint_key(native, python_chain(frame));
	joint = python_joint(p, key);
	if (likely(joint->key == key) && likely(key))
		return joint->record;
	return python_join_anew(t, native, key, state);
}

/*
 * The state of a thread that holds the interpreter lock.  Until 3.11 it is asked whose it is, for
 * an extension may have called without.
 */
PYTHON_HOT uintptr_t python_state_held(const struct thread *t, const struct python_thread *p)
{
	uintptr_t state = python.attached();

	if (unlikely(!state || python_word(state, python.layout.state_thread) != p->self))
		return python_state(t);
	return unlikely(t->tid != profile.pid) && python.is_ending() ? 0 : state;
}

/* For an event of the layer of objects. */
PYTHON_HOT struct tide_record *python_join_object(struct thread *t, struct tide_record *native)
{
	if (unlikely(!native || !python_is_on()))
		return native;
	if (unlikely(!t->python))
		return python_join(t, native);
	return python_join_by_state(t, native, python_state_held(t, t->python));
}

#endif
