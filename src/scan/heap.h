/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The live blocks in address order, so that any address is led back to its block.  Made from the
 * block table at the start of a scan; for the other files of scan/.
 *
 * Made by counting: how many blocks begin in each page, so where those of a page begin, so each to
 * its place.  64 pages are a group, whose head is all that most pointers need of it: a page with
 * many blocks has a line of bits, one for each place where a block may begin, and one for each that
 * was met.  Heads and lines of a GiB of small blocks fit into a processor's caches.  Which block an
 * address belongs to is a count of bits; in pages without a line, a search among few.
 *
 * Memory: 16 bytes a block, 1 for its state, 4 more for those that are lost or where it is asked
 * what holds them; 2.5 a page of address space between the first and the last block of each GiB,
 * and 64 a page with many blocks.
 */
#ifndef SRC_SCAN_HEAP_H
#define SRC_SCAN_HEAP_H

#include "blocks.h"

#define HEAP_NONE	0xffffffffu /* no block */
#define HEAP_PAGE	12
#define HEAP_GROUP	18
#define HEAP_REGION	30 /* a GiB */
#define HEAP_GROUPS	(1u << (HEAP_REGION - HEAP_GROUP))
#define HEAP_PAGES	(1u << (HEAP_REGION - HEAP_PAGE))
#define HEAP_REGIONS	(1u << (47 - HEAP_REGION))
#define HEAP_PLACE	4 /* 16 bytes */
#define HEAP_PLACES	(1u << (HEAP_PAGE - HEAP_PLACE))
#define HEAP_FEW	12u /* blocks of a page: from there on it has a line */
#define HEAP_LINE_WORDS (HEAP_PLACES / 64)

struct heap_block {
	uint64_t key;	/* birth << 44 | address / 8 */
	uint64_t value; /* record << 40 | size */
};

/* One bit for each page. */
struct heap_group {
	uint64_t many;	  /* blocks begin in it */
	uint64_t odd;	  /* one begins at no place, or two at one: no use of its line */
	uint64_t pending; /* blocks were met there and not looked at; see pending.h */
	uint32_t first;	  /* number of the first block that begins here or later */
	uint32_t line;	  /* number of its first page's with many */
};

/*
 * One bit for each place.  That a block begins there: the first or the second.  The first alone:
 * it was not met.  Both: it was.  The second alone: its words were looked at, or are now.
 */
struct heap_line {
	uint64_t starts[HEAP_LINE_WORDS];
	uint64_t met[HEAP_LINE_WORDS];
} __attribute__((aligned(64)));

struct heap_region {
	struct heap_group *groups; /* NULL: no block begins here */
	uint16_t *until;    /* of each page, blocks up to its end, from `first` of its group */
	uint32_t first;	    /* number of the first block that begins here or later */
	uint32_t behind;    /* number of the first that begins behind this region */
	uint32_t low, high; /* groups with blocks */
	uintptr_t start;
};

OURS struct heap {
	struct heap_block *blocks;
	uint8_t *states;
	uint32_t *links; /* the list of blocks to look at, where it has an order */
	uint32_t *extras;
	struct heap_line *lines;
	uint32_t count, lines_count;
	uintptr_t low, bytes;	    /* first block's start to the last one's end */
	struct heap_group **groups; /* region -> its groups, NULL = no block begins there */
	uint16_t *slots;	    /* region -> place in regions, 0 = none */
	struct heap_region *regions;
	uint32_t regions_used;
	bool counts_bits; /* the processor does */
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
	return heap.states[i];
}

static inline void heap_set_state(uint32_t i, uint32_t state)
{
	heap.states[i] = (uint8_t)state;
}

/* The first block from this one on that is in another state; heap.count when there is none. */
uint32_t heap_next_not(uint32_t i, uint8_t state);

static inline uint32_t heap_region_of(uintptr_t at)
{
	return (uint32_t)(at >> HEAP_REGION) & (HEAP_REGIONS - 1);
}

static inline uint32_t heap_group_of(uintptr_t at)
{
	return (uint32_t)(at >> HEAP_GROUP) & (HEAP_GROUPS - 1);
}

/* The page's bit in its group. */
static inline unsigned heap_page_of(uintptr_t at)
{
	return (unsigned)(at >> HEAP_PAGE) & 63;
}

static inline unsigned heap_place_of(uintptr_t at)
{
	return (unsigned)(at >> HEAP_PLACE) & (HEAP_PLACES - 1);
}

unsigned heap_ones_slow(uint64_t bits);

static inline unsigned heap_ones(uint64_t bits)
{
	uint64_t count;

	if (unlikely(!heap.counts_bits))
		return heap_ones_slow(bits);
	__asm__("popcnt %1, %0" : "=r"(count) : "r"(bits) : "cc");
	return (unsigned)count;
}

/* NULL where no block begins in the GiB. */
static inline struct heap_group *heap_group(uintptr_t at)
{
	struct heap_group *groups = heap.groups[heap_region_of(at)];

	return likely(groups) ? &groups[heap_group_of(at)] : NULL;
}

/* The line of a page of the group, or NULL. */
static inline struct heap_line *heap_line(const struct heap_group *group, unsigned page)
{
	if (unlikely(!((group->many & ~group->odd) >> page & 1)))
		return NULL;
	return &heap.lines[group->line + heap_ones(group->many & (((uint64_t)1 << page) - 1))];
}

/* Numbers of the blocks that begin in the page of the address, in a group with any. */
void heap_page_blocks(uintptr_t at, uint32_t *first, uint32_t *until);

/*
 * The block that the address is in, or whose start it is, or HEAP_NONE.  An array of no C++ objects
 * with a count in front of it lies behind its own end.
 */
uint32_t heap_find_slow(uintptr_t at);

/* The first block that begins there or later; heap.count when there is none. */
uint32_t heap_first_from(uintptr_t at);

/*
 * The blocks in these states count as not met any more; those that were, as far as lines tell, are
 * in state `met` now, unless it is HEAP_AS_IT_IS.
 */
#define HEAP_AS_IT_IS 0xffu
void heap_unmeet(uint8_t least, uint8_t most, uint8_t met);

static inline uint32_t heap_find(uintptr_t at)
{
	if (likely(at - heap.low >= heap.bytes))
		return HEAP_NONE;
	return heap_find_slow(at);
}

#endif
