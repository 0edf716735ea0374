/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The live blocks of memory that is full of small ones, as the arenas of Python's objects are:
 * beside each MiB of it four bytes for every sixteen.  A block takes the eight that stand for its
 * first two grains.  So it is found by a shift, and to enter it is one store.
 *
 *   word    record << 40 | birth << 20 | mark << 19 | size; 0 = no block begins here
 * The mark is for whoever wants to know when a block ends.
 *
 * What does not fit (of one grain, of 512 KiB and more, at an odd address, in memory that is not
 * registered, or for which there was no room) is in the table of blocks.h; whoever looks for a
 * block looks here first.  Correctness rests on the ordering of blocks.h: no two threads ever work
 * on one address.
 *
 * Hook-safe.
 */
#ifndef SRC_DENSE_H
#define SRC_DENSE_H

#include "sys.h"

#define DENSE_REGION_SHIFT 20
#define DENSE_GRAIN_SHIFT  4
#define DENSE_GRAIN	   ((uintptr_t)1 << DENSE_GRAIN_SHIFT)
#define DENSE_REGION	   ((uintptr_t)1 << DENSE_REGION_SHIFT)
#define DENSE_REGIONS	   4096u /* each in the place that its address says */
#define DENSE_FIELD_BITS   20
#define DENSE_FIELD_MAX	   (((uint64_t)1 << DENSE_FIELD_BITS) - 1)
#define DENSE_MARK	   ((uint64_t)1 << 19)
#define DENSE_LEAST	   ((size_t)DENSE_GRAIN + 1) /* bytes */

/* Eight bytes at a multiple of four. */
struct dense_word {
	uint64_t is __attribute__((packed, aligned(4)));
};

struct dense_region {
	uintptr_t start; /* 0 = none */
	char *words;
};

OURS struct dense_region dense_regions[DENSE_REGIONS];

/* The word of an address, NULL when it has none. */
static inline struct dense_word *dense_word(uintptr_t address)
{
	const uintptr_t inside = (DENSE_REGION - 1) & ~(DENSE_GRAIN - 1);
	const struct dense_region *r =
		&dense_regions[address >> DENSE_REGION_SHIFT & (DENSE_REGIONS - 1)];

	if (__atomic_load_n(&r->start, __ATOMIC_ACQUIRE) != (address & ~inside))
		return NULL;
	return (struct dense_word *)(r->words + (address & inside) / 4);
}

/* Does a block begin here?  The upper half may be that of the next grain's block. */
static inline bool dense_holds(const struct dense_word *word)
{
	return word && (uint32_t)word->is;
}

static inline uint64_t dense_pack(uint32_t record, uint32_t birth, uint64_t bytes)
{
	return (uint64_t)record << (2 * DENSE_FIELD_BITS) | (uint64_t)birth << DENSE_FIELD_BITS |
	       bytes;
}

/* This memory will be full of small blocks. */
void dense_register(uintptr_t start, size_t bytes);

/* It goes back to the kernel, and all its blocks are gone. */
void dense_forget(uintptr_t start, size_t bytes);

typedef void dense_visit(void *context, uintptr_t address, uint64_t word);
void dense_each(dense_visit *visit, void *context);

#endif
