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
#include "python/chain.h"
#include "python/stack.h"

/* `record` itself where there is no Python frame; NULL stays NULL. */
struct tide_record *python_join(struct thread *t, struct tide_record *record);

/* The key of both, 0 if none is to be had, has not led to a record. */
struct tide_record *python_join_anew(struct thread *t, struct tide_record *native, uint64_t key,
				     uintptr_t state);

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
