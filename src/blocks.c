/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "blocks.h"

#include "arena.h"
#include "lock.h"
#include "peak.h"

#define CELLS 256u
#define PAGE_BYTES (CELLS * sizeof(struct cell))
#define PROBES 96u /* cells looked at for a free one before a page counts as full */
#define DEPTH_FIRST 3u
#define DEPTH_MOST 28u

#define ADDRESS_SHIFT BLOCKS_BIRTH_BITS
#define EMPTY ((uint64_t)0)
#define TOMBSTONE ((uint64_t)1 << ADDRESS_SHIFT)
#define RESERVED ((uint64_t)2 << ADDRESS_SHIFT)

#define SPLIT_WAITS 1000

struct cell {
	uint64_t key;
	uint64_t value;
};

/* One word a page: its address, and in the low bits how many hash bits all its blocks share. */
struct directory {
	uint32_t depth;
	uintptr_t pages[];
};

static struct {
	struct directory *directory;
	uint32_t sequence; /* odd while a page is being split */
	struct lock lock;
	uint32_t pages;
	/* the split under way, for a forked child */
	struct cell *from, *to;
	uint64_t hash;
} table;

uint32_t blocks_birth(uint32_t ms)
{
	unsigned bits = ms ? 32 - (unsigned)__builtin_clz(ms) : 0;
	unsigned shift = bits > 16 ? bits - 16 : 0;

	return shift << 16 | (ms >> shift & 0xffff);
}

uint32_t blocks_birth_ms(uint32_t birth)
{
	return (birth & 0xffff) << (birth >> 16);
}

static uint64_t hash_of(uintptr_t address)
{
	uint64_t hash = (address >> 10) * 0x9e3779b97f4a7c15u;

	hash ^= hash >> 32;
	return hash * 0xd6e8feb86659fd93u;
}

/* The directory is indexed by the highest bits, so that doubling it is copying each word twice. */
static uintptr_t *entry_of(struct directory *directory, uint64_t hash)
{
	return &directory->pages[hash >> (64 - directory->depth)];
}

static struct cell *page_of(uintptr_t word)
{
	return (struct cell *)(word & ~(uintptr_t)(PAGE_BYTES - 1));
}

static uint32_t depth_of(uintptr_t word)
{
	return word & (PAGE_BYTES - 1);
}

static uint32_t home_of(uintptr_t address, uint64_t hash)
{
	return (uint32_t)(hash & (CELLS - 1)) + (address >> 5 & 31);
}

static uint64_t key_of(uintptr_t address, uint32_t birth)
{
	return (uint64_t)address >> 3 << ADDRESS_SHIFT | birth;
}

static uintptr_t address_of(uint64_t key)
{
	return (uintptr_t)(key >> ADDRESS_SHIFT) << 3;
}

static bool is_block(uint64_t key)
{
	return key > RESERVED;
}

static struct cell *find_page(uint64_t hash)
{
	struct directory *directory = __atomic_load_n(&table.directory, __ATOMIC_ACQUIRE);

	return page_of(__atomic_load_n(entry_of(directory, hash), __ATOMIC_ACQUIRE));
}

static uint32_t sequence(void)
{
	return __atomic_load_n(&table.sequence, __ATOMIC_ACQUIRE);
}

/* With one thread the lock prefix is left out: only a signal handler can come in between. */
static bool swap_key(uint64_t *key, uint64_t old, uint64_t new)
{
	if (peak_alone()) {
		uint64_t expected = old;
		bool done;

		__asm__ volatile("cmpxchgq %3, %1\n\tsete %2"
				 : "+a"(expected), "+m"(*key), "=q"(done)
				 : "r"(new)
				 : "cc", "memory");
		return done;
	}
	return __atomic_compare_exchange_n(key, &old, new, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

static struct cell *find(struct cell *page, uintptr_t address, uint64_t hash)
{
	uint32_t home = home_of(address, hash);

	for (uint32_t i = 0; i < CELLS; i++) {
		struct cell *cell = &page[(home + i) & (CELLS - 1)];
		uint64_t key = __atomic_load_n(&cell->key, __ATOMIC_ACQUIRE);

		if (address_of(key) == address)
			return cell;
		if (key == EMPTY)
			return NULL;
	}
	return NULL;
}

/* A free cell, reserved; the same address found on the way means that its free was not seen. */
static struct cell *reserve(struct cell *page, uintptr_t address, uint64_t hash, struct cell **same)
{
	uint32_t home = home_of(address, hash);

	for (uint32_t i = 0; i < PROBES; i++) {
		struct cell *cell = &page[(home + i) & (CELLS - 1)];
		uint64_t key = __atomic_load_n(&cell->key, __ATOMIC_ACQUIRE);

		if (address_of(key) == address) {
			*same = cell;
			return NULL;
		}
		if ((key == EMPTY || key == TOMBSTONE) && swap_key(&cell->key, key, RESERVED))
			return cell;
	}
	return NULL;
}

static void fill(struct cell *cell, uint64_t key, uint64_t value)
{
	__atomic_store_n(&cell->value, value, __ATOMIC_RELEASE);
	__atomic_store_n(&cell->key, key, __ATOMIC_RELEASE);
}

static struct cell *new_page(int tid)
{
	struct cell *page = arena_take(PAGE_BYTES, tid);

	if (page)
		__atomic_fetch_add(&table.pages, 1, __ATOMIC_RELAXED);
	return page;
}

/* The key has stayed in place this long only if its writer is gone; what it writes later is lost. */
static uint64_t settled_key(const struct cell *cell)
{
	uint64_t key = RESERVED;

	for (int i = 0; i < SPLIT_WAITS && key == RESERVED; i++) {
		key = __atomic_load_n(&cell->key, __ATOMIC_ACQUIRE);
		if (key != RESERVED)
			break;
		if (i < 100 || sys_locked_down)
			lock_pause();
		else
			sys_yield();
	}
	return key;
}

/* Into a page that nobody else can see yet. */
static void copy_cell(struct cell *to, uint64_t key, uint64_t value)
{
	uintptr_t address = address_of(key);
	uint32_t home = home_of(address, hash_of(address));

	for (uint32_t i = 0; i < CELLS; i++) {
		struct cell *cell = &to[(home + i) & (CELLS - 1)];

		if (cell->key == key)
			return;
		if (cell->key != EMPTY)
			continue;
		cell->value = value;
		cell->key = key;
		return;
	}
}

static void uncopy_cell(struct cell *to, uint64_t key)
{
	for (uint32_t i = 0; i < CELLS; i++)
		if (to[i].key == key)
			to[i].key = TOMBSTONE;
}

/* Move every block whose next hash bit is set.  May be done again from the start, in a forked child. */
static void move_cells(struct cell *from, struct cell *to, uint64_t bit)
{
	for (uint32_t i = 0; i < CELLS; i++) {
		uint64_t key = settled_key(&from[i]);

		if (!is_block(key) || !(hash_of(address_of(key)) & bit))
			continue;
		copy_cell(to, key, from[i].value);
		if (!swap_key(&from[i].key, key, TOMBSTONE))
			uncopy_cell(to, key);
	}
}

static void point_to(struct directory *directory, uint64_t hash, uint32_t depth, struct cell *from,
		     struct cell *to)
{
	/* All words that share the first `depth` bits: the upper half goes to the new page. */
	uint64_t words = (uint64_t)1 << (directory->depth - depth);
	uintptr_t *first = &directory->pages[hash >> (64 - depth) << (directory->depth - depth)];

	for (uint64_t i = 0; i < words; i++)
		__atomic_store_n(&first[i], (uintptr_t)(i < words / 2 ? from : to) | (depth + 1),
				 __ATOMIC_RELEASE);
}

static struct directory *make_directory(uint32_t depth, int tid)
{
	struct directory *d = arena_take(sizeof(*d) + (sizeof(uintptr_t) << depth), tid);

	if (d)
		d->depth = depth;
	return d;
}

static struct directory *double_directory(struct directory *old, int tid)
{
	struct directory *bigger;

	if (old->depth >= DEPTH_MOST)
		return NULL;
	bigger = make_directory(old->depth + 1, tid);
	if (!bigger)
		return NULL;
	for (uint64_t i = 0; i < (uint64_t)1 << old->depth; i++)
		bigger->pages[2 * i] = bigger->pages[2 * i + 1] = old->pages[i];
	__atomic_store_n(&table.directory, bigger, __ATOMIC_RELEASE);
	return bigger;
}

static void finish_split(void)
{
	struct directory *directory = table.directory;
	uint32_t depth = depth_of(*entry_of(directory, table.hash));

	move_cells(table.from, table.to, (uint64_t)1 << (63 - depth));
	point_to(directory, table.hash, depth, table.from, table.to);
	table.from = NULL;
	__atomic_fetch_add(&table.sequence, 1, __ATOMIC_SEQ_CST);
}

/* The lock is held. */
static bool split_locked(uint64_t hash, int tid)
{
	struct directory *directory = table.directory;
	uintptr_t word = *entry_of(directory, hash);
	struct cell *to = new_page(tid);

	if (!to)
		return false;
	if (depth_of(word) == directory->depth && !double_directory(directory, tid))
		return false;
	table.to = to;
	table.hash = hash;
	barrier();
	table.from = page_of(word);
	__atomic_fetch_add(&table.sequence, 1, __ATOMIC_SEQ_CST);
	finish_split();
	return true;
}

static bool split(struct cell *page, uint64_t hash, int tid)
{
	uint64_t mask;
	bool done;

	/* A handler on this thread would wait for the split that it has interrupted. */
	sys_block_signals(&mask);
	done = lock_take(&table.lock, tid);
	if (done) {
		done = find_page(hash) != page || split_locked(hash, tid);
		lock_drop(&table.lock);
	}
	sys_restore_signals(&mask);
	return done;
}

/* Wait for a split to end; false when it lasts too long. */
static bool wait_for_split(int *waits)
{
	for (; *waits < SPLIT_WAITS && sequence() & 1; (*waits)++) {
		if (*waits < 100 || sys_locked_down)
			lock_pause();
		else
			sys_yield();
	}
	return !(sequence() & 1);
}

static uint64_t value_of(const struct block *block)
{
	return (uint64_t)block->record << BLOCKS_SIZE_BITS | block->bytes;
}

static void unpack(struct block *block, uint64_t key, uint64_t value)
{
	block->bytes = value & BLOCKS_SIZE_MAX;
	block->record = (uint32_t)(value >> BLOCKS_SIZE_BITS);
	block->birth = key & ((1u << BLOCKS_BIRTH_BITS) - 1);
}

static void replace(struct cell *cell, uintptr_t address, struct block *block)
{
	struct block old;

	unpack(&old, cell->key, cell->value);
	fill(cell, key_of(address, block->birth), value_of(block));
	*block = old;
}

enum blocks_result blocks_insert(uintptr_t address, struct block *block, int tid)
{
	uint64_t hash = hash_of(address);
	int waits = 0;

	for (;;) {
		uint32_t before = sequence();
		struct cell *page = find_page(hash), *same = NULL, *cell;

		cell = reserve(page, address, hash, &same);
		if (unlikely(same)) {
			replace(same, address, block);
			return BLOCKS_REPLACED;
		}
		if (likely(cell && !(before & 1) && sequence() == before)) {
			fill(cell, key_of(address, block->birth), value_of(block));
			return BLOCKS_OK;
		}
		/* A split has begun since: the cell may be in the wrong page by now. */
		if (cell)
			__atomic_store_n(&cell->key, TOMBSTONE, __ATOMIC_RELEASE);
		if (sequence() & 1 ? !wait_for_split(&waits) : !cell && !split(page, hash, tid))
			return BLOCKS_FULL;
	}
}

bool blocks_remove(uintptr_t address, struct block *block)
{
	uint64_t hash = hash_of(address);
	int waits = 0;

	for (;;) {
		uint32_t before = sequence();
		struct cell *cell = find(find_page(hash), address, hash);

		if (likely(cell)) {
			uint64_t key = __atomic_load_n(&cell->key, __ATOMIC_RELAXED);
			uint64_t value = __atomic_load_n(&cell->value, __ATOMIC_RELAXED);

			if (address_of(key) == address && swap_key(&cell->key, key, TOMBSTONE)) {
				unpack(block, key, value);
				return true;
			}
		} else if (likely(!(before & 1) && sequence() == before)) {
			return false;
		}
		if (!wait_for_split(&waits))
			return false;
	}
}

int blocks_begin(int tid)
{
	struct directory *directory = make_directory(DEPTH_FIRST, tid);

	if (!directory)
		return -1;
	for (uint32_t i = 0; i < 1u << DEPTH_FIRST; i++) {
		struct cell *page = new_page(tid);

		if (!page)
			return -1;
		directory->pages[i] = (uintptr_t)page | DEPTH_FIRST;
	}
	__atomic_store_n(&table.directory, directory, __ATOMIC_RELEASE);
	return 0;
}

static void each_in(struct cell *page, blocks_visit *visit, void *context)
{
	for (uint32_t i = 0; i < CELLS; i++) {
		struct block block;

		if (!is_block(page[i].key))
			continue;
		unpack(&block, page[i].key, page[i].value);
		visit(context, address_of(page[i].key), &block);
	}
}

/* Words that name one page stand side by side. */
void blocks_each(blocks_visit *visit, void *context)
{
	struct directory *directory = table.directory;
	uintptr_t last = 0;

	for (uint64_t i = 0; directory && i < (uint64_t)1 << directory->depth; i++) {
		if (directory->pages[i] != last)
			each_in(page_of(directory->pages[i]), visit, context);
		last = directory->pages[i];
	}
}

static uint64_t clear_reserved(struct cell *page)
{
	uint64_t found = 0;

	for (uint32_t i = 0; i < CELLS; i++)
		if (page[i].key == RESERVED) {
			page[i].key = TOMBSTONE;
			found++;
		}
	return found;
}

uint64_t blocks_after_fork(int tid)
{
	struct directory *directory = table.directory;
	uint64_t found = 0;

	(void)tid;
	table.lock.owner = 0;
	for (uint64_t i = 0; i < (uint64_t)1 << directory->depth; i++)
		found += clear_reserved(page_of(directory->pages[i]));
	if (table.sequence & 1)
		finish_split();
	return found;
}

uint64_t blocks_capacity(void)
{
	return (uint64_t)table.pages * CELLS;
}
