/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The live blocks in address order, so that any address is led back to its block.  Made from the
 * block table at the start of a scan; for the other files of scan/.
 *
 * Made by counting: how many blocks begin in each KiB, so where those of a KiB begin, so each to
 * its place.  The counts serve as the directory afterwards: a look-up is three loads and a search
 * among the blocks of one KiB.
 *
 * Memory: 16 bytes a block, 4 a block for marks and work list, 4 more where asked for, and 4 bytes
 * a KiB of address space between the first and the last block of each GiB.
 */
#ifndef SRC_SCAN_HEAP_H
#define SRC_SCAN_HEAP_H

#include "blocks.h"

#define HEAP_NONE	0x1fffffffu /* no block */
#define HEAP_STATE_BITS 3
#define HEAP_GRAIN	10 /* a KiB */
#define HEAP_REGION	30 /* a GiB */
#define HEAP_GRAINS	(1u << (HEAP_REGION - HEAP_GRAIN))
#define HEAP_REGIONS	(1u << (47 - HEAP_REGION))

struct heap_block {
	uint64_t key;	/* birth << 44 | address / 8 */
	uint64_t value; /* record << 40 | size */
};

struct heap_region {
	uint32_t *until; /* grain -> number behind its last block; NULL: none begins here */
	uint32_t first;	 /* number of the first block that begins here or later */
	uint32_t low, high;
};

OURS struct heap {
	struct heap_block *blocks;
	uint32_t *links; /* state << 29 | number of a block */
	uint32_t *extras;
	uint32_t count;
	uintptr_t low, bytes; /* first block's start to the last one's end */
	uint16_t *slots;      /* region -> place in regions, 0 = none */
	struct heap_region *regions;
	uint32_t regions_used;
} heap;

/* 0 or a negative errno value. */
int heap_make(void);
void heap_end(void);

static inline uintptr_t heap_start(uint32_t i)
{
	return (uintptr_t)(heap.blocks[i].key & BLOCKS_ADDRESS_MASK) << 3;
}

static inline uint64_t heap_bytes(uint32_t i)
{
	return heap.blocks[i].value & BLOCKS_SIZE_MAX;
}

static inline uint32_t heap_record(uint32_t i)
{
	return (uint32_t)(heap.blocks[i].value >> BLOCKS_SIZE_BITS);
}

static inline uint32_t heap_birth_ms(uint32_t i)
{
	return blocks_birth_ms((uint32_t)(heap.blocks[i].key >> BLOCKS_ADDRESS_BITS));
}

static inline uint32_t heap_state(uint32_t i)
{
	return heap.links[i] >> (32 - HEAP_STATE_BITS);
}

static inline uint32_t heap_link(uint32_t i)
{
	return heap.links[i] & HEAP_NONE;
}

static inline void heap_set(uint32_t i, uint32_t state, uint32_t link)
{
	heap.links[i] = state << (32 - HEAP_STATE_BITS) | link;
}

static inline void heap_set_state(uint32_t i, uint32_t state)
{
	heap_set(i, state, heap_link(i));
}

/*
 * The block that the address is in, or whose start it is, or HEAP_NONE.  An array of no C++ objects
 * with a count in front of it lies behind its own end.
 */
uint32_t heap_find_slow(uintptr_t at);

/* What a look-up will read, fetched in two steps some time ahead. */
static inline void heap_fetch_directory(uintptr_t at)
{
	uint32_t slot = heap.slots[at >> HEAP_REGION & (HEAP_REGIONS - 1)];

	if (slot && heap.regions[slot].until)
		__builtin_prefetch(&heap.regions[slot].until[at >> HEAP_GRAIN & (HEAP_GRAINS - 1)]);
}

static inline void heap_fetch_blocks(uintptr_t at)
{
	uint32_t slot = heap.slots[at >> HEAP_REGION & (HEAP_REGIONS - 1)], last;

	if (!slot || !heap.regions[slot].until)
		return;
	last = heap.regions[slot].until[at >> HEAP_GRAIN & (HEAP_GRAINS - 1)];
	if (!last || last > heap.count)
		return;
	__builtin_prefetch(&heap.blocks[last - 1]);
	__builtin_prefetch(&heap.links[last - 1]);
	if (last > 4)
		__builtin_prefetch(&heap.blocks[last - 5]);
}

/* The first block that begins there or later; heap.count when there is none. */
uint32_t heap_first_from(uintptr_t at);

static inline uint32_t heap_find(uintptr_t at)
{
	if (likely(at - heap.low >= heap.bytes))
		return HEAP_NONE;
	return heap_find_slow(at);
}

#endif
