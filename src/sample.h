/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sampling: one block for every config.sample_bytes allocated, by a Poisson process over the bytes,
 * so that a block of s bytes is recorded with probability p = 1 - exp(-s / sample_bytes).
 *
 * A recorded block stands for 1/p blocks.  That weight follows from its address and size alone, so
 * its free takes away what its allocation brought.  Fractions are rounded up or down by a hash of
 * the address, in proportion: sums over many blocks are unbiased.
 *
 * Hook-safe: uses the FPU but leaves the program's exception flags and rounding as they were.
 */
#ifndef SRC_SAMPLE_H
#define SRC_SAMPLE_H

#include "config.h"
#include "sys.h"
#include "thread.h"

struct weight {
	int64_t bytes;
	int64_t blocks;
};

struct weight sample_weigh_slow(uintptr_t address, uint64_t bytes);

/* What a recorded block counts for. */
static inline struct weight sample_weigh(uintptr_t address, uint64_t bytes)
{
	if (likely(!config.sample_bytes))
		return (struct weight){ (int64_t)bytes, 1 };
	return sample_weigh_slow(address, bytes);
}

/* Draw the distance to this thread's next sample. */
void sample_draw(struct thread *t);

/* Is this allocation one of the sample?  A subtraction and a branch, mostly. */
static inline bool sample_takes(struct thread *t, size_t bytes)
{
	t->until_sample -= (int64_t)(bytes | !bytes);
	if (likely(t->until_sample > 0))
		return false;
	sample_draw(t);
	return true;
}

/*
 * A filter in front of the table of blocks, since nearly all frees are of blocks that are not in
 * the sample: how many sampled blocks share a place.  One that has been full stays full.
 */
#define SAMPLE_FILTER_BITS 16
OURS uint8_t sample_filter[1u << SAMPLE_FILTER_BITS];

static inline uint8_t *sample_place(uintptr_t address)
{
	uint64_t hash = (uint64_t)address * 0x9e3779b97f4a7c15u;

	return &sample_filter[hash >> (64 - SAMPLE_FILTER_BITS)];
}

/* True: this block is surely not one of the sample. */
static inline bool sample_lacks(uintptr_t address)
{
	return !__atomic_load_n(sample_place(address), __ATOMIC_RELAXED);
}

/* Before a block of the sample is entered, and after it has left. */
void sample_came(uintptr_t address);
void sample_went(uintptr_t address);

#endif
