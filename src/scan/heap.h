/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The live blocks in address order, so that any address is led back to its block.  Made from the
 * block table at the start of a scan; for the other files of scan/.
 *
 * Made by counting: how many blocks begin in each page, so where those of a page begin, so each to
 * its place.  Pages with many blocks have a line of bits besides, one for each place where a block
 * may begin: which block an address belongs to is a count of bits.  In the others it is a search
 * among few.  The same line tells which of its blocks the scan has done with, so that most pointers
 * cost two lines of memory, however many blocks there are.
 *
 * Memory: 16 bytes a block, 1 for its state, 4 for the work list as far as it grows, 4 more where
 * asked for; 8 a page of address space between the first and the last block of each GiB, and 64 a
 * page with many blocks.
 */
#ifndef SRC_SCAN_HEAP_H
#define SRC_SCAN_HEAP_H

#include "blocks.h"

#define HEAP_NONE	0xffffffffu /* no block */
#define HEAP_PAGE	12
#define HEAP_REGION	30 /* a GiB */
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

struct heap_page {
	uint32_t until; /* number behind its last block; 0 = before the first one of the region, or
			 * behind the last */
	uint32_t line;	/* 0 = none: few blocks, or one that begins at no place */
};

struct heap_line {
	uint64_t starts[HEAP_LINE_WORDS];
	uint64_t met[HEAP_LINE_WORDS]; /* a pointer to it tells nothing new */
} __attribute__((aligned(64)));

struct heap_region {
	struct heap_page *pages; /* NULL: no block begins here */
	uint32_t first;		 /* number of the first block that begins here or later */
	uint32_t low, high;
};

OURS struct heap {
	struct heap_block *blocks;
	uint8_t *states;
	uint32_t *links; /* of the lost; before that, the list of blocks yet to be looked at */
	uint32_t *extras;
	struct heap_line *lines;
	uint32_t count, lines_count;
	uintptr_t low, bytes;	  /* first block's start to the last one's end */
	struct heap_page **pages; /* region -> its pages, NULL = no block begins there */
	uint16_t *slots;	  /* region -> place in regions, 0 = none */
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

/* The first block from this one on that is in another state; heap.count when there is none. */
uint32_t heap_next_not(uint32_t i, uint8_t state);

static inline uint32_t heap_link(uint32_t i)
{
	return heap.links[i];
}

static inline void heap_set_state(uint32_t i, uint32_t state)
{
	heap.states[i] = (uint8_t)state;
}

static inline void heap_set(uint32_t i, uint32_t state, uint32_t link)
{
	heap_set_state(i, state);
	heap.links[i] = link;
}

/*
 * The block that the address is in, or whose start it is, or HEAP_NONE.  An array of no C++ objects
 * with a count in front of it lies behind its own end.
 */
uint32_t heap_find_slow(uintptr_t at);

/*
 * The same in steps with time in between, in which what the next step reads is fetched; the address
 * lies between heap.low and the end.
 */
struct heap_look {
	uintptr_t at;
	const struct heap_page *page;
	uint32_t block; /* the last that begins there or before; HEAP_NONE: nothing to be told */
};

OURS const struct heap_page heap_nowhere;

static inline void heap_look_begin(struct heap_look *look)
{
	const struct heap_page *pages = heap.pages[look->at >> HEAP_REGION & (HEAP_REGIONS - 1)];

	look->page = likely(pages) ? &pages[look->at >> HEAP_PAGE & (HEAP_PAGES - 1)]
				   : &heap_nowhere;
	__builtin_prefetch(look->page);
}

static inline void heap_look_fetch(const struct heap_look *look)
{
	const struct heap_page *page = look->page;

	if (likely(page->line))
		__builtin_prefetch(&heap.lines[page->line], 1);
	else
		for (uint32_t back = 0; back < HEAP_FEW && back <= page->until; back += 4)
			__builtin_prefetch(&heap.blocks[page->until - back]);
}

void heap_look_find(struct heap_look *look);
/* Is it in the block?  Else in none. */
bool heap_holds(uint32_t block, uintptr_t at);

/* Pointers to this start need not be looked at any more.  When two do this at once, one is lost. */
static inline void heap_look_met(const struct heap_look *look)
{
	unsigned place = look->at >> HEAP_PLACE & (HEAP_PLACES - 1);

	if (look->page->line)
		heap.lines[look->page->line].met[place / 64] |= (uint64_t)1 << (place & 63);
}

void heap_forget_met(void);

/* The first block that begins there or later; heap.count when there is none. */
uint32_t heap_first_from(uintptr_t at);

static inline uint32_t heap_find(uintptr_t at)
{
	if (likely(at - heap.low >= heap.bytes))
		return HEAP_NONE;
	return heap_find_slow(at);
}

#endif
