/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The live blocks of memory that is full of small ones, as a heap of nodes and strings is, and the
 * arenas of Python's objects are: beside each MiB of it four bytes for every sixteen.  A block has
 * the eight that stand for its first two grains.  So it is found by a shift, and to enter it is one
 * store.
 *
 *   low    1 << 31 | birth (its low 13 bits) << 18 | mark << 17 | size
 *   high   0 << 31 | record << 7 | birth (its high 7 bits)
 * The highest bit tells where a block begins from what belongs to the one before.  The mark is for
 * whoever wants to know when a block ends.
 *
 * What does not fit (of one grain, of 128 KiB and more, at an odd address, in memory that is not
 * registered, or for which there was no room) is in the table of blocks.h; whoever looks for a
 * block looks here first.  Correctness rests on the ordering of blocks.h: no two threads ever work
 * on one address.
 *
 * Python's objects lie within blocks of the heap, so the two have maps of their own.  Hook-safe.
 */
#ifndef SRC_DENSE_H
#define SRC_DENSE_H

#include "sys.h"

#define DENSE_REGION_SHIFT 20
#define DENSE_GRAIN_SHIFT  4
#define DENSE_GRAIN	   ((uintptr_t)1 << DENSE_GRAIN_SHIFT)
#define DENSE_REGION	   ((uintptr_t)1 << DENSE_REGION_SHIFT)
#define DENSE_REGIONS	   4096u /* each in the place that its address says */

#define DENSE_LEAST	   ((size_t)DENSE_GRAIN + 1) /* bytes */
#define DENSE_SIZE_BITS	   17
#define DENSE_SIZE_MAX	   (((uint64_t)1 << DENSE_SIZE_BITS) - 1)
#define DENSE_MARK	   ((uint64_t)1 << DENSE_SIZE_BITS)
#define DENSE_BIRTH_SHIFT  (DENSE_SIZE_BITS + 1)
#define DENSE_BEGINS	   ((uint64_t)1 << 31)
#define DENSE_LOW_BIRTHS   (DENSE_BEGINS >> DENSE_BIRTH_SHIFT)
#define DENSE_HIGH_SHIFT   32
#define DENSE_RECORD_SHIFT (DENSE_HIGH_SHIFT + 7)

/* Eight bytes at a multiple of four.  The upper half of a region's last one is not there. */
union dense_word {
	uint64_t is __attribute__((packed, aligned(4)));
	int32_t low; /* negative where a block begins */
};

struct dense_region {
	uintptr_t start_1; /* where it begins, and one; 0 = none */
	char *words;
};

OURS struct dense_region dense_arenas[DENSE_REGIONS];
OURS struct dense_region dense_heaps[DENSE_REGIONS];

/* Blocks that were asked for with fewer bytes may be of one grain. */
OURS size_t dense_heap_least;

/* So many MiB are registered as they come, whatever is in them: most programs have no more. */
OURS uint32_t dense_heaps_first;

/* The word of an address, NULL when it has none. */
static inline union dense_word *dense_word_in(const struct dense_region *regions, uintptr_t address)
{
	const uintptr_t inside = (DENSE_REGION - 1) & ~(DENSE_GRAIN - 1);
	const struct dense_region *r =
		&regions[address >> DENSE_REGION_SHIFT & (DENSE_REGIONS - 1)];

	if (__atomic_load_n(&r->start_1, __ATOMIC_ACQUIRE) != (address & ~inside) + 1)
		return NULL;
	return (union dense_word *)(r->words + (address & inside) / 4);
}

/* Of a Python object. */
static inline union dense_word *dense_word(uintptr_t address)
{
	return dense_word_in(dense_arenas, address);
}

/* Of a block of the heap. */
static inline union dense_word *dense_heap_word(uintptr_t address)
{
	return dense_word_in(dense_heaps, address);
}

/* Does a block begin here? */
static inline bool dense_holds(const union dense_word *word)
{
	return word && word->low < 0;
}

/* May a block of this size, at an address that has a word, or could have one, be entered there? */
static inline bool dense_fits_heap(uintptr_t address, size_t bytes)
{
	return bytes - dense_heap_least <= DENSE_SIZE_MAX - DENSE_LEAST &&
	       (address & (DENSE_REGION - 1)) < DENSE_REGION - DENSE_GRAIN;
}

static inline uint64_t dense_pack(uint32_t record, uint32_t birth, uint64_t bytes)
{
	return (uint64_t)record << DENSE_RECORD_SHIFT |
	       (uint64_t)(birth / DENSE_LOW_BIRTHS) << DENSE_HIGH_SHIFT | DENSE_BEGINS |
	       (birth % DENSE_LOW_BIRTHS) << DENSE_BIRTH_SHIFT | bytes;
}

static inline uint32_t dense_record(uint64_t word)
{
	return (uint32_t)(word >> DENSE_RECORD_SHIFT);
}

static inline uint32_t dense_birth(uint64_t word)
{
	uint64_t high = word >> DENSE_HIGH_SHIFT &
			((1u << (DENSE_RECORD_SHIFT - DENSE_HIGH_SHIFT)) - 1);

	return (uint32_t)(high * DENSE_LOW_BIRTHS | (word >> DENSE_BIRTH_SHIFT) % DENSE_LOW_BIRTHS);
}

/* This memory will be full of Python's objects. */
void dense_register(uintptr_t start, size_t bytes);

/* It goes back to the kernel, and all its blocks are gone. */
void dense_forget(uintptr_t start, size_t bytes);

/* The heap is full of small blocks around this address; false when there is no room for them. */
bool dense_register_heap(uintptr_t address, int tid);

typedef void dense_visit(void *context, uintptr_t address, uint64_t word);
void dense_each(const struct dense_region *region, dense_visit *visit, void *context);

/* The regions of the heap, in the order in which they came: 0, 1, ... */
uint32_t dense_heap_count(void);
const struct dense_region *dense_heap(uint32_t number);

void dense_after_fork(void);

#endif
