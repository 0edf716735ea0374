/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The live blocks: address -> (record, size, birth), lock-free.
 *
 * Correctness rests on one ordering, kept by the hooks: a block is inserted after the real malloc has
 * returned it and removed before the real free is called, so no two threads ever work on one address.
 *
 * Extendible hashing: a directory of pages of 256 cells of sixteen bytes; a page that is full is split
 * in two, by one more bit of the hash, while other threads go on.  So there is no doubling, and on
 * average two cells in three are in use.  The page is chosen by address >> 9, the cell by the low
 * bits: neighbours in the heap are neighbours here.
 *
 *   cell.key    address / 8 << 20 | birth     0 = never used, 8 = tombstone, 16 = reserved (as addresses)
 *   cell.value  record << 40 | size
 *
 * A cell is reserved by compare-and-swap, then the value is stored, then the key.  Hook-safe.
 */
#ifndef SRC_BLOCKS_H
#define SRC_BLOCKS_H

#include "peak.h"

#define BLOCKS_SIZE_BITS 40
#define BLOCKS_SIZE_MAX (((uint64_t)1 << BLOCKS_SIZE_BITS) - 1)
#define BLOCKS_BIRTH_BITS 20

#define BLOCKS_CELLS 256u
#define BLOCKS_NEAR 8u /* cells that the inline part looks at */

#define BLOCKS_EMPTY ((uint64_t)0)
#define BLOCKS_TOMBSTONE ((uint64_t)1 << BLOCKS_BIRTH_BITS)
#define BLOCKS_RESERVED ((uint64_t)2 << BLOCKS_BIRTH_BITS)

struct blocks_cell {
	uint64_t key;
	uint64_t value;
};

/* One word a page: its address, and in the low bits how many hash bits all its blocks share. */
struct blocks_directory {
	uint32_t depth;
	uint32_t shift; /* 64 - depth */
	uintptr_t pages[];
};

extern struct blocks_shared {
	struct blocks_directory *directory;
	uint32_t sequence; /* odd while a page is being split */
} blocks_shared;

struct block {
	uint64_t bytes;
	uint32_t record;
	uint32_t birth; /* see blocks_birth */
};

/* Milliseconds as a float of 20 bits: exact for half a minute, then to 1/16384. */
static inline uint32_t blocks_birth(uint32_t ms)
{
	unsigned shift = 17 - (unsigned)__builtin_clz(ms | 0x7fff);

	return shift << 15 | ms >> shift;
}

static inline uint32_t blocks_birth_ms(uint32_t birth)
{
	return (birth & 0x7fff) << (birth >> 15);
}

enum blocks_result {
	BLOCKS_OK,
	BLOCKS_REPLACED, /* the address was there already: its free was not seen; `block` is what it was */
	BLOCKS_FULL,
};

int blocks_begin(int tid);

enum blocks_result blocks_insert_slow(uintptr_t address, struct block *block, int tid);
bool blocks_remove_slow(uintptr_t address, struct block *block);

static inline uint64_t blocks_hash(uintptr_t address)
{
	return (address >> 9) * 0x9e3779b97f4a7c15u;
}

static inline uint32_t blocks_home(uintptr_t address, uint64_t hash)
{
	return (uint32_t)(hash >> 24) + (uint32_t)(address >> 5 & 15);
}

static inline uint64_t blocks_key(uintptr_t address, uint32_t birth)
{
	return (uint64_t)address >> 3 << BLOCKS_BIRTH_BITS | birth;
}

static inline uint64_t blocks_value(uint32_t record, uint64_t bytes)
{
	return (uint64_t)record << BLOCKS_SIZE_BITS | bytes;
}

static inline void blocks_unpack(struct block *block, uint64_t key, uint64_t value)
{
	block->bytes = value & BLOCKS_SIZE_MAX;
	block->record = (uint32_t)(value >> BLOCKS_SIZE_BITS);
	block->birth = key & ((1u << BLOCKS_BIRTH_BITS) - 1);
}

static inline struct blocks_cell *blocks_page(uint64_t hash)
{
	struct blocks_directory *directory =
		__atomic_load_n(&blocks_shared.directory, __ATOMIC_ACQUIRE);
	uintptr_t word = __atomic_load_n(&directory->pages[hash >> directory->shift], __ATOMIC_ACQUIRE);

	return (struct blocks_cell *)(word & ~(uintptr_t)4095);
}

static inline uint32_t blocks_sequence(void)
{
	return __atomic_load_n(&blocks_shared.sequence, __ATOMIC_ACQUIRE);
}

/* With one thread the lock prefix is left out: only a signal handler can come in between. */
static inline bool blocks_swap(uint64_t *key, uint64_t old, uint64_t new)
{
	if (peak_alone()) {
		bool done;

		__asm__ volatile("cmpxchgq %3, %1"
				 : "+a"(old), "+m"(*key), "=@ccz"(done)
				 : "r"(new)
				 : "memory");
		return done;
	}
	return __atomic_compare_exchange_n(key, &old, new, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

static inline void blocks_fill(struct blocks_cell *cell, uint64_t key, uint64_t value)
{
	__atomic_store_n(&cell->value, value, __ATOMIC_RELEASE);
	__atomic_store_n(&cell->key, key, __ATOMIC_RELEASE);
}

/* False when the slow part has to do it: no near cell is free, or the table is changing. */
static inline bool blocks_insert_near(uintptr_t address, uint64_t value, uint32_t birth)
{
	uint64_t hash = blocks_hash(address), wanted = blocks_key(address, birth);
	uint32_t home = blocks_home(address, hash), before = blocks_sequence();
	struct blocks_cell *page = blocks_page(hash);

	for (uint32_t i = 0; i < BLOCKS_NEAR; i++) {
		struct blocks_cell *cell = &page[(home + i) & (BLOCKS_CELLS - 1)];
		uint64_t key = __atomic_load_n(&cell->key, __ATOMIC_ACQUIRE);

		if (key & ~BLOCKS_TOMBSTONE) {
			if (unlikely((key ^ wanted) >> BLOCKS_BIRTH_BITS == 0))
				return false;
			continue;
		}
		if (unlikely(!blocks_swap(&cell->key, key, BLOCKS_RESERVED)))
			continue;
		if (likely(!(before & 1) && blocks_sequence() == before)) {
			blocks_fill(cell, wanted, value);
			return true;
		}
		/* A split has begun since: the cell may be in the wrong page by now. */
		__atomic_store_n(&cell->key, BLOCKS_TOMBSTONE, __ATOMIC_RELEASE);
		return false;
	}
	return false;
}

static inline enum blocks_result blocks_insert(uintptr_t address, struct block *block, int tid)
{
	if (blocks_insert_near(address, blocks_value(block->record, block->bytes), block->birth))
		return BLOCKS_OK;
	return blocks_insert_slow(address, block, tid);
}

/* False when the address is not there. */
static inline bool blocks_remove(uintptr_t address, struct block *block)
{
	uint64_t hash = blocks_hash(address), wanted = blocks_key(address, 0);
	uint32_t home = blocks_home(address, hash);
	struct blocks_cell *page = blocks_page(hash);

	for (uint32_t i = 0; i < BLOCKS_NEAR; i++) {
		struct blocks_cell *cell = &page[(home + i) & (BLOCKS_CELLS - 1)];
		uint64_t key = __atomic_load_n(&cell->key, __ATOMIC_ACQUIRE);

		if ((key ^ wanted) >> BLOCKS_BIRTH_BITS)
			continue;
		blocks_unpack(block, key, __atomic_load_n(&cell->value, __ATOMIC_RELAXED));
		if (likely(blocks_swap(&cell->key, key, BLOCKS_TOMBSTONE)))
			return true;
		break;
	}
	return blocks_remove_slow(address, block);
}

/* Every block; not while other threads work on the table. */
typedef void blocks_visit(void *context, uintptr_t address, const struct block *block);
void blocks_each(blocks_visit *visit, void *context);

/* In a forked child: finish a split that was under way; how many cells were being written. */
uint64_t blocks_after_fork(void);

/* For tests: cells in all pages. */
uint64_t blocks_capacity(void);

#endif
