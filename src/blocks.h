/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The live blocks: address -> (record, size, birth), lock-free.
 *
 * Correctness rests on one ordering, kept by the hooks: a block is inserted after the real malloc
 * has returned it and removed before the real free is called, so no two threads ever work on one
 * address.
 *
 * There are 64 tables, chosen by which 64 MiB an address lies in: glibc gives each thread heaps of
 * that size and alignment, so threads that free what they have allocated share no cache line here.
 *
 * Each is an extendible hash: a directory of pages of 512 cells of sixteen bytes; a page that is
 * full is split in two, by one more bit of the hash, while other threads go on.  So there is no
 * doubling, and on average two cells in three are in use.  The page is chosen by address >> 12, and
 * within it a cache line of four cells by address >> 7: neighbours in the heap are neighbours here,
 * so that a program that goes through its blocks in order finds the next line fetched already.
 *
 *   cell.key    birth << 44 | (address / 8 ^ 1)
 *   cell.value  record << 40 | size
 * The low half of the key is 0 in a cell without a block, so that four cells are compared at once.
 * The addresses that would have such a key, 8 past a multiple of 32 GiB, are not taken.
 *
 * The blocks of the first MiB of the heap, and of those that are so full of small blocks that a
 * table would grow, are entered beside them instead (dense.h), without a search.  Python's small
 * objects are beside their arenas.
 *
 * A cell is reserved by compare-and-swap, then the value is stored, then the key.  Hook-safe.
 */
#ifndef SRC_BLOCKS_H
#define SRC_BLOCKS_H

#include <emmintrin.h>

#include "dense.h"
#include "lock.h"
#include "peak.h"

#define BLOCKS_SIZE_BITS  40
#define BLOCKS_SIZE_MAX	  (((uint64_t)1 << BLOCKS_SIZE_BITS) - 1)
#define BLOCKS_BIRTH_BITS 20

#define BLOCKS_CELLS 512u
#define BLOCKS_NEAR  4u /* cells in a cache line: the inline part looks at one line */

#define BLOCKS_STRETCH_SHIFT 12 /* addresses that share a page */
#define BLOCKS_LINE_SHIFT    7	/* and, if there is room, a line of it */

#define BLOCKS_ADDRESS_BITS 44
#define BLOCKS_ADDRESS_MASK (((uint64_t)1 << BLOCKS_ADDRESS_BITS) - 1)

#define BLOCKS_EMPTY	 ((uint64_t)0)
#define BLOCKS_TOMBSTONE ((uint64_t)1 << BLOCKS_ADDRESS_BITS)
#define BLOCKS_RESERVED	 ((uint64_t)1) /* the address 0 */

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

#define BLOCKS_TABLE_BITS   6
#define BLOCKS_TABLES	    (1u << BLOCKS_TABLE_BITS)
#define BLOCKS_REGION_SHIFT 26 /* HEAP_MAX_SIZE of glibc's malloc */

struct blocks_table {
	struct blocks_directory *directory;
	uint32_t sequence; /* odd while a page is being split */
	struct lock lock;
	uint32_t pages;
	/* the split under way, for a forked child */
	struct blocks_cell *from, *to;
	uint64_t hash;
	uint32_t depth;
} __attribute__((aligned(64)));

OURS struct blocks_table blocks_tables[BLOCKS_TABLES];

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
	/* The address was there already: its free was not seen; `block` is what it was. */
	BLOCKS_REPLACED,
	BLOCKS_FULL,
};

int blocks_begin(int tid);

enum blocks_result blocks_insert_slow(uintptr_t address, struct block *block, int tid);
bool blocks_remove_slow(uintptr_t address, struct block *block);

static inline struct blocks_table *blocks_table(uintptr_t address)
{
	uint64_t hash = (address >> BLOCKS_REGION_SHIFT) * 0x9e3779b97f4a7c15u;

	return &blocks_tables[hash >> (64 - BLOCKS_TABLE_BITS)];
}

static inline uint64_t blocks_hash(uintptr_t address)
{
	return (address >> BLOCKS_STRETCH_SHIFT) * 0x9e3779b97f4a7c15u;
}

/* The first cell of the line where this address is looked for first. */
static inline uint32_t blocks_home(uintptr_t address, uint64_t hash)
{
	return ((uint32_t)(hash >> 24) + (uint32_t)(address >> BLOCKS_LINE_SHIFT)) * BLOCKS_NEAR &
	       (BLOCKS_CELLS - 1);
}

static inline uint64_t blocks_key(uintptr_t address, uint32_t birth)
{
	return (uint64_t)birth << BLOCKS_ADDRESS_BITS | ((uint64_t)address >> 3 ^ BLOCKS_RESERVED);
}

static inline uint64_t blocks_value(uint32_t record, uint64_t bytes)
{
	return (uint64_t)record << BLOCKS_SIZE_BITS | bytes;
}

static inline void blocks_unpack(struct block *block, uint64_t key, uint64_t value)
{
	block->bytes = value & BLOCKS_SIZE_MAX;
	block->record = (uint32_t)(value >> BLOCKS_SIZE_BITS);
	block->birth = (uint32_t)(key >> BLOCKS_ADDRESS_BITS);
}

static inline struct blocks_cell *blocks_page(const struct blocks_table *table, uint64_t hash)
{
	struct blocks_directory *directory = __atomic_load_n(&table->directory, __ATOMIC_ACQUIRE);
	uintptr_t word = __atomic_load_n(&directory->pages[hash >> directory->shift],
					 __ATOMIC_ACQUIRE);

	return (struct blocks_cell *)(word & ~(uintptr_t)4095);
}

static inline uint32_t blocks_sequence(const struct blocks_table *table)
{
	return __atomic_load_n(&table->sequence, __ATOMIC_ACQUIRE);
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
	return __atomic_compare_exchange_n(key, &old, new, false, __ATOMIC_ACQ_REL,
					   __ATOMIC_RELAXED);
}

static inline void blocks_fill(struct blocks_cell *cell, uint64_t key, uint64_t value)
{
	__atomic_store_n(&cell->value, value, __ATOMIC_RELEASE);
	__atomic_store_n(&cell->key, key, __ATOMIC_RELEASE);
}

/*
 * Which of four cells have this low half, as a bit mask.  How many cells it takes is chance, and a
 * mispredicted branch would cost more than looking at all.  A hint: the cell is read again.  Loads
 * of eight bytes, as they were stored, or the processor would wait for the store.
 */
static inline unsigned blocks_match(const struct blocks_cell *cell, uint32_t low)
{
#ifdef __SANITIZE_THREAD__
	unsigned found = 0;

	for (unsigned i = 0; i < BLOCKS_NEAR; i++)
		found |=
			(unsigned)((uint32_t)__atomic_load_n(&cell[i].key, __ATOMIC_RELAXED) == low)
			<< i;
	return found;
#else
	__m128i a = _mm_loadl_epi64((const __m128i *)&cell[0].key);
	__m128i b = _mm_loadl_epi64((const __m128i *)&cell[1].key);
	__m128i c = _mm_loadl_epi64((const __m128i *)&cell[2].key);
	__m128i d = _mm_loadl_epi64((const __m128i *)&cell[3].key);
	__m128i lows = _mm_unpacklo_epi64(_mm_unpacklo_epi32(a, b), _mm_unpacklo_epi32(c, d));
	__m128i same = _mm_cmpeq_epi32(lows, _mm_set1_epi32((int)low));

	return (unsigned)_mm_movemask_ps(_mm_castsi128_ps(same));
#endif
}

/* Where a block will be entered, and the sequence when that was looked up. */
struct blocks_spot {
	union dense_word *word; /* there; if not NULL, the others are not set */
	struct blocks_table *table;
	struct blocks_cell *cell;
	uint32_t sequence;
};

/* Looked up early, so that the cell is on its way while the stack is being compared. */
static inline struct blocks_spot blocks_spot(uintptr_t address, size_t bytes)
{
	uint64_t hash = blocks_hash(address);
	uint32_t home = blocks_home(address, hash);
	struct blocks_spot spot = { .word = dense_heap_word(address) };

	if (likely(spot.word) &&
	    likely(dense_fits_heap(address, bytes) || dense_holds(spot.word))) {
		__builtin_prefetch(spot.word, 1);
		return spot;
	}
	spot.word = NULL;
	spot.table = blocks_table(address);
	spot.sequence = blocks_sequence(spot.table);
	spot.cell = blocks_page(spot.table, hash) + home;
	__builtin_prefetch(spot.cell, 1);
	return spot;
}

/* For a block that fits; false when the free of another one was not seen. */
static inline bool blocks_insert_dense(union dense_word *word, uint64_t value, uint32_t birth)
{
	if (unlikely(dense_holds(word)))
		return false;
	word->is = dense_pack((uint32_t)(value >> BLOCKS_SIZE_BITS), birth,
			      value & BLOCKS_SIZE_MAX);
	return true;
}

/* This MiB of the heap has no words yet, but it is one of the first. */
static inline bool blocks_could_go_beside(uintptr_t address, uint64_t value)
{
	return unlikely(__atomic_load_n(&dense_heaps_first, __ATOMIC_RELAXED)) &&
	       dense_fits_heap(address, value & BLOCKS_SIZE_MAX);
}

/* False when the slow part has to do it: no near cell is free, or the table is changing. */
static inline bool blocks_insert_near(struct blocks_spot spot, uintptr_t address, uint64_t value,
				      uint32_t birth)
{
	uint64_t wanted = blocks_key(address, birth), key;
	struct blocks_cell *cell = spot.cell;
	unsigned unused;

	if (likely(spot.word))
		return blocks_insert_dense(spot.word, value, birth);
	if (unlikely(spot.sequence & 1 || !(uint32_t)wanted ||
		     blocks_could_go_beside(address, value)))
		return false;
	unused = blocks_match(cell, 0);
	if (unlikely(!unused || blocks_match(cell, (uint32_t)wanted)))
		return false;
	cell += __builtin_ctz(unused);
	key = __atomic_load_n(&cell->key, __ATOMIC_RELAXED);
	if (unlikely((uint32_t)key || !blocks_swap(&cell->key, key, BLOCKS_RESERVED)))
		return false;
	if (likely(blocks_sequence(spot.table) == spot.sequence)) {
		blocks_fill(cell, wanted, value);
		return true;
	}
	/* A split has begun since: the cell may be in the wrong page by now. */
	__atomic_store_n(&cell->key, BLOCKS_TOMBSTONE, __ATOMIC_RELEASE);
	return false;
}

static inline enum blocks_result blocks_insert(uintptr_t address, struct block *block, int tid)
{
	if (blocks_insert_near(blocks_spot(address, block->bytes), address,
			       blocks_value(block->record, block->bytes), block->birth))
		return BLOCKS_OK;
	return blocks_insert_slow(address, block, tid);
}

static inline void blocks_unpack_dense(struct block *block, uint64_t word)
{
	block->bytes = word & DENSE_SIZE_MAX;
	block->record = dense_record(word);
	block->birth = dense_birth(word);
}

static inline bool blocks_remove_word(union dense_word *word, struct block *block)
{
	if (!dense_holds(word))
		return false;
	blocks_unpack_dense(block, word->is);
	word->is = 0;
	return true;
}

/* Where it may be a Python object: beside its arena, not in the table. */
static inline bool blocks_remove_dense(uintptr_t address, struct block *block)
{
	return blocks_remove_word(dense_word(address), block);
}

/* A look at one cell that mostly tells that an address is not there: for tables that are sparse. */
static inline bool blocks_lacks(uintptr_t address)
{
	uint64_t hash = blocks_hash(address);
	uint32_t home = blocks_home(address, hash);

	if (dense_holds(dense_word(address)) || dense_holds(dense_heap_word(address)))
		return false;
	return __atomic_load_n(&blocks_page(blocks_table(address), hash)[home].key,
			       __ATOMIC_ACQUIRE) == BLOCKS_EMPTY;
}

/* False when the address is not there. */
static inline bool blocks_remove(uintptr_t address, struct block *block)
{
	uint64_t hash = blocks_hash(address), wanted = blocks_key(address, 0);
	uint32_t home = blocks_home(address, hash);
	struct blocks_cell *cell;
	unsigned same;

	if (blocks_remove_word(dense_heap_word(address), block))
		return true;
	cell = blocks_page(blocks_table(address), hash) + home;
	same = blocks_match(cell, (uint32_t)wanted);
	if (likely(same)) {
		uint64_t key;

		cell += __builtin_ctz(same);
		key = __atomic_load_n(&cell->key, __ATOMIC_ACQUIRE);
		blocks_unpack(block, key, __atomic_load_n(&cell->value, __ATOMIC_RELAXED));
		if (likely((key & BLOCKS_ADDRESS_MASK) == wanted &&
			   blocks_swap(&cell->key, key, BLOCKS_TOMBSTONE)))
			return true;
	}
	return blocks_remove_slow(address, block);
}

/* Every block, those of dense.h too; not while other threads work on the table. */
typedef void blocks_visit(void *context, uintptr_t address, const struct block *block);
void blocks_each(blocks_visit *visit, void *context);
/* Those of one table's part of the heap: no other one has blocks of the same 64 MiB. */
void blocks_each_of(uint32_t table, blocks_visit *visit, void *context);

/* In a forked child: finish a split that was under way; how many cells were being written. */
uint64_t blocks_after_fork(void);

/* In a copy that only reads: the same, without counting. */
void blocks_in_copy(void);

/* For tests: cells in all pages. */
uint64_t blocks_capacity(void);

#endif
