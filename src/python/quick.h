/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From the stack of an object that is made to its record, in one look: for those that were met a
 * moment ago.
 *
 * An entry knows where the words of machine code lie that its record rests on (memo.h), and one
 * number made of them all, of the return address, of the chain of Python's frames (join.h) and of
 * the generation of the modules.  One step of it is one to one, as a step of the chain is.  The
 * stack pointer is compared, and all words lie on the thread's own stack, so that they may be read
 * before any is known to be right.
 *
 * It is found by the chain, the stack pointer and the return address.  Other stacks of machine code
 * that end in these differ in words that are mostly among those of the first: what these add up to
 * is where the other's entry is.
 *
 * What is not here is found in the memo and among the joints.  Used by its own thread only.
 * Hook-safe.
 */
#ifndef SRC_PYTHON_QUICK_H
#define SRC_PYTHON_QUICK_H

#include "python/join.h"

#define PYTHON_QUICK_LEAST 4u /* words of an entry; where there are fewer, the return address */

/* Only for what was found in the memo and among the joints: most stacks never come again. */
void python_quick_keep(struct thread *t, const struct anchor *anchor, uint64_t chain,
		       struct tide_record *record);

/* Where recording is verified nothing is found here, but what would have been is compared. */
void python_quick_verify(const struct thread *t, const struct anchor *anchor, uint64_t chain,
			 const struct tide_record *record);

PYTHON_HOT uint64_t python_quick_sum(const struct python_quick *quick, uintptr_t cfa, uint64_t sum)
{
	const uint64_t *base = (const uint64_t *)cfa;
	const int16_t *words = quick->words;

#pragma GCC unroll 4
	for (uint32_t i = 0; i < PYTHON_QUICK_LEAST; i++)
		sum = (sum ^ base[words[i]]) * PYTHON_MIX;
	for (uint32_t i = PYTHON_QUICK_LEAST; unlikely(i < quick->count); i++)
		sum = (sum ^ base[words[i]]) * PYTHON_MIX;
	return sum;
}

/* What an entry's number begins with. */
PYTHON_HOT uint64_t python_quick_key(uintptr_t cfa, uintptr_t ret, uint64_t chain)
{
	return (chain ^ cfa << 16 ^ ret) * PYTHON_MIX ^ modules_generation;
}

PYTHON_HOT const struct python_quick *python_quick_at(const struct python_thread *p, uint64_t sum)
{
	return &p->quick[sum >> 40 & (PYTHON_QUICKS - 1)];
}

/* What the words of the first entry add up to leads from there to a second one. */
struct tide_record *python_quick_second(const struct python_thread *p, uint64_t sum, uintptr_t cfa,
					uint64_t key);

PYTHON_HOT struct tide_record *python_quick_find(const struct python_thread *p, uintptr_t cfa,
						 uintptr_t ret, uint64_t chain)
{
	const uint64_t key = python_quick_key(cfa, ret, chain);
	const struct python_quick *quick = python_quick_at(p, key);
	uint64_t sum;

	if (unlikely(quick->cfa != cfa))
		return NULL;
	sum = python_quick_sum(quick, cfa, key);
	return likely(sum == quick->sum) ? quick->record : python_quick_second(p, sum, cfa, key);
}

#endif
