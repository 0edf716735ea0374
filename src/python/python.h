/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The Python interpreter of this process: found, judged, and read; never called, two getters aside.
 *
 * Met as a loaded object that defines _PyEval_EvalFrameDefault, when it is first seen on a stack or
 * in the constructor.  Then its layout is chosen, and believed once frames of a live stack have
 * been seen to fit it, each word asked of the kernel before it is read (selftest.h).  From then on
 * reading is safe without the interpreter lock: only the thread itself pushes and pops its own
 * frames, and a frame that is linked owns its code object.
 *
 * Hook-safe but for python_begin.
 */
#ifndef SRC_PYTHON_PYTHON_H
#define SRC_PYTHON_PYTHON_H

#include "python/layout.h"

struct link_map;
struct python_layer;
struct thread;

struct python {
	uint32_t state;	 /* enum tide_python */
	uint32_t depth;	 /* how many of Python's frames are looked at */
	bool sees_codes; /* the end of each code object: see codes.h */
	bool walk_stops; /* stacks of machine code end where Python's frames begin */
	uintptr_t eval;	 /* the function that runs bytecode */
	size_t eval_bytes;
	uintptr_t (*state_of_thread)(void); /* NULL with the lock released; since 3.12 */
	uintptr_t (*attached)(void); /* of whoever holds the lock; since 3.12 as the one above */
	uintptr_t (*state_in_key)(void); /* with the lock released too; no sub-interpreter's */
	int (*is_ending)(void);
	uintptr_t code_type, text_type, bytes_type;
	const void *runtime;
	const struct link_map *object;
	struct python_layout layout;
};

OURS struct python python;

/* In the constructor: look at all that is loaded. */
void python_begin(const struct python_layer *hooks);

/* A loaded object was met. */
void python_met(const struct link_map *object);

/* An object is gone: was it the interpreter? */
void python_unloaded(const struct link_map *object);

/* Where the interpreter's code lies; false without one.  Reads the recording alone. */
bool python_range(uintptr_t *start, uintptr_t *bytes);

/* The judgement is made; it goes into the recording. */
void python_settle(enum tide_python state);

static inline bool python_is_on(void)
{
	return __atomic_load_n(&python.state, __ATOMIC_ACQUIRE) - TIDE_PYTHON_FOUND <= 1;
}

static inline bool python_runs_at(uintptr_t pc)
{
	return pc - python.eval < python.eval_bytes;
}

static inline uintptr_t python_word(uintptr_t object, uint16_t offset)
{
	return *(const uintptr_t *)(object + offset);
}

static inline int32_t python_int(uintptr_t object, uint16_t offset)
{
	return *(const int32_t *)(object + offset);
}

static inline uintptr_t python_code(uintptr_t frame)
{
	return python_word(frame, python.layout.code) & python.layout.code_mask;
}

static inline uint64_t python_position(uintptr_t frame)
{
	return python.layout.position_is_int
		       ? (uint64_t)(int64_t)python_int(frame, python.layout.position)
		       : python_word(frame, python.layout.position);
}

/* From a frame outward, over those that stand for C code. */
static inline uintptr_t python_skip(uintptr_t frame)
{
	while (python.layout.owner_least && frame &&
	       *(const uint8_t *)(frame + python.layout.owner) >= python.layout.owner_least)
		frame = python_word(frame, python.layout.previous);
	return frame;
}

/* The innermost frame of a thread state, 0 = none. */
static inline uintptr_t python_innermost(uintptr_t state)
{
	uintptr_t at = python_word(state, python.layout.state_frame);

	if (python.layout.cframe_frame != PYTHON_ABSENT && at)
		at = python_word(at, python.layout.cframe_frame);
	return python_skip(at);
}

/* This thread's state: 0 when Python does not know the thread, or no longer. */
uintptr_t python_state(const struct thread *t);

#endif
