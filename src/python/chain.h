/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A chain of Python's frames as one number, to be compared with another.  Hook-safe.
 */
#ifndef SRC_PYTHON_CHAIN_H
#define SRC_PYTHON_CHAIN_H

#include "python/codes.h"

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

#endif
