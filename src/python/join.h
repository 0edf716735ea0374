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

#include "python/stack.h"

/* `record` itself where there is no Python frame; NULL stays NULL. */
struct tide_record *python_join(struct thread *t, struct tide_record *record);

/* The key of both, 0 if none is to be had, has not led to a record. */
struct tide_record *python_join_anew(struct thread *t, struct tide_record *native, uint64_t key,
				     uintptr_t state);

#define PYTHON_MIX 0x9e3779b97f4a7c15u

/*
 * All positions of a chain of frames in one number.  Where a frame stands does not matter, and the
 * position says which code it is, as long as none has ended.  One step is one to one, so chains
 * that differ in one position have two numbers; of those that differ in more, one pair in 2^64
 * would not.
 */
static inline uint64_t python_chain(uintptr_t frame)
{
	const struct python_layout *l = &python.layout;
	uint64_t sum = python_code_generation;
	uint32_t left = python.depth;

	for (; frame && left; left--) {
		sum = (sum ^ python_position(frame)) * PYTHON_MIX;
		if (l->position_is_int)
			sum = (sum ^ python_code(frame)) * PYTHON_MIX;
		frame = python_skip(python_word(frame, l->previous));
	}
	return frame ? ~sum : sum;
}

static inline struct python_joint *python_joint(struct python_thread *p, uint64_t key)
{
	return &p->joints[key >> 40 & p->joints_mask];
}

static inline struct tide_record *python_join_by_state(struct thread *t, struct tide_record *native,
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
	key = (python_chain(frame) ^ native->number) * PYTHON_MIX;
	joint = python_joint(p, key);
	if (likely(joint->key == key) && likely(key))
		return joint->record;
	return python_join_anew(t, native, key, state);
}

/* For an event of the layer of objects. */
static inline struct tide_record *python_join_object(struct thread *t, struct tide_record *native)
{
	if (unlikely(!native || !python_is_on()))
		return native;
	return python_join_by_state(t, native, python_state_held(t));
}

#endif
