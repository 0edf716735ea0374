/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The live blocks: address -> (record, size, birth), lock-free.
 *
 * Correctness rests on one ordering, kept by the hooks: a block is inserted after the real malloc has
 * returned it and removed before the real free is called, so no two threads ever work on one address.
 *
 * Extendible hashing: a directory of pages of 256 cells of sixteen bytes; a page that is full is split
 * in two, by one more bit of the hash, while other threads go on.  So there is no doubling, and on
 * average two cells in three are in use.  The page is chosen by address >> 10, the cell by the low
 * bits: neighbours in the heap are neighbours here.
 *
 *   cell.key    address / 8 << 20 | birth     0 = never used, 8 = tombstone, 16 = reserved (as addresses)
 *   cell.value  record << 40 | size
 *
 * A cell is reserved by compare-and-swap, then the value is stored, then the key.  Hook-safe.
 */
#ifndef SRC_BLOCKS_H
#define SRC_BLOCKS_H

#include "sys.h"

#define BLOCKS_SIZE_BITS 40
#define BLOCKS_SIZE_MAX (((uint64_t)1 << BLOCKS_SIZE_BITS) - 1)
#define BLOCKS_BIRTH_BITS 20

struct block {
	uint64_t bytes;
	uint32_t record;
	uint32_t birth; /* see blocks_birth */
};

/* Milliseconds as a float of 20 bits: exact for the first minute, then to 1/32768. */
uint32_t blocks_birth(uint32_t ms);
uint32_t blocks_birth_ms(uint32_t birth);

enum blocks_result {
	BLOCKS_OK,
	BLOCKS_REPLACED, /* the address was there already: its free was not seen; `block` is what it was */
	BLOCKS_FULL,
};

int blocks_begin(int tid);

enum blocks_result blocks_insert(uintptr_t address, struct block *block, int tid);

/* False when the address is not there. */
bool blocks_remove(uintptr_t address, struct block *block);

/* Every block; not while other threads work on the table. */
typedef void blocks_visit(void *context, uintptr_t address, const struct block *block);
void blocks_each(blocks_visit *visit, void *context);

/* In a forked child: finish a split that was under way; how many cells were being written. */
uint64_t blocks_after_fork(int tid);

/* For tests: cells in all pages. */
uint64_t blocks_capacity(void);

#endif
