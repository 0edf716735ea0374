/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "blocks.h"

#include "arena.h"
#include "lock.h"

#define CELLS	      BLOCKS_CELLS
#define PAGE_BYTES    (CELLS * sizeof(struct blocks_cell))
#define LINES	      (CELLS / BLOCKS_NEAR)
#define STRETCH_LINES (1u << (BLOCKS_STRETCH_SHIFT - BLOCKS_LINE_SHIFT))
#define LINES_NEAR    8u /* tried for a free cell, before the page is split */
#define LINES_AHEAD   8u /* fetched of the next page when all are gone through */
#define DEPTH_FIRST   1u
#define DEPTH_MASK    4095u
#define DEPTH_MOST    28u
#define DEPTH_BEYOND  8u /* how much deeper than evenly filled a page may get */

/*
 * So many blocks in each stretch that has any: then they take less room in dense.h, a quarter of
 * the heap's, than here, where a block takes 24 bytes.
 */
#define DENSE_FROM	32u
#define STRETCHES_APART 1024u /* are told apart: 4 MiB of addresses */

struct blocks_table blocks_tables[BLOCKS_TABLES];

/* The directory is indexed by the highest bits, so that doubling it is copying each word twice. */
static uintptr_t *entry_of(struct blocks_directory *directory, uint64_t hash)
{
	return &directory->pages[hash >> directory->shift];
}

static struct blocks_cell *page_of(uintptr_t word)
{
	return (struct blocks_cell *)(word & ~(uintptr_t)DEPTH_MASK);
}

static uint32_t depth_of(uintptr_t word)
{
	return word & DEPTH_MASK;
}

static uintptr_t address_of(uint64_t key)
{
	return (uintptr_t)((key & BLOCKS_ADDRESS_MASK) ^ BLOCKS_RESERVED) << 3;
}

static bool is_block(uint64_t key)
{
	return (uint32_t)key && key != BLOCKS_RESERVED;
}

/*
 * The lines of a page in the order in which an address is looked for: as far apart as the first and
 * the last of a stretch of addresses, so that blocks of 8 or 16 bytes, too many for their line, do
 * not take the neighbours' place.
 */
static struct blocks_cell *line_at(struct blocks_cell *page, uint32_t home, uint32_t i)
{
	uint32_t lines = i * STRETCH_LINES + i * STRETCH_LINES / LINES;

	return &page[(home + lines * BLOCKS_NEAR) & (CELLS - 1)];
}

/* A line is filled from its beginning, and a cell that was in use is never EMPTY again. */
static bool was_filled(const struct blocks_cell *line)
{
	return __atomic_load_n(&line[BLOCKS_NEAR - 1].key, __ATOMIC_ACQUIRE) != BLOCKS_EMPTY;
}

static struct blocks_cell *find_in(struct blocks_cell *line, uintptr_t address)
{
	unsigned same = blocks_match(line, (uint32_t)blocks_key(address, 0));

	for (; same; same &= same - 1) {
		struct blocks_cell *cell = &line[__builtin_ctz(same)];

		if (address_of(__atomic_load_n(&cell->key, __ATOMIC_ACQUIRE)) == address)
			return cell;
	}
	return NULL;
}

static struct blocks_cell *find(struct blocks_cell *page, uintptr_t address, uint64_t hash)
{
	uint32_t home = blocks_home(address, hash);

	for (uint32_t i = 0; i < LINES; i++) {
		struct blocks_cell *line = line_at(page, home, i), *cell = find_in(line, address);

		if (cell || !was_filled(line))
			return cell;
	}
	return NULL;
}

static struct blocks_cell *reserve_in(struct blocks_cell *line)
{
	unsigned unused = blocks_match(line, 0);

	for (; unused; unused &= unused - 1) {
		struct blocks_cell *cell = &line[__builtin_ctz(unused)];
		uint64_t key = __atomic_load_n(&cell->key, __ATOMIC_ACQUIRE);

		if ((key == BLOCKS_EMPTY || key == BLOCKS_TOMBSTONE) &&
		    blocks_swap(&cell->key, key, BLOCKS_RESERVED))
			return cell;
	}
	return NULL;
}

/* A free cell, reserved; the same address found on the way means that its free was not seen. */
static struct blocks_cell *reserve(struct blocks_cell *page, uintptr_t address, uint64_t hash,
				   uint32_t lines, struct blocks_cell **same)
{
	uint32_t home = blocks_home(address, hash);

	for (uint32_t i = 0; i < lines; i++) {
		struct blocks_cell *line = line_at(page, home, i), *cell;

		*same = find_in(line, address);
		if (*same)
			return NULL;
		cell = reserve_in(line);
		if (cell)
			return cell;
	}
	return NULL;
}

static struct blocks_cell *new_page(struct blocks_table *table, int tid)
{
	struct blocks_cell *page = arena_take(PAGE_BYTES, tid);

	if (page)
		__atomic_fetch_add(&table->pages, 1, __ATOMIC_RELAXED);
	return page;
}

/* The cell's key once its writer is done; a writer that never will be loses its place. */
static uint64_t settled_key(struct blocks_cell *cell)
{
	uint64_t key = __atomic_load_n(&cell->key, __ATOMIC_ACQUIRE);
	int round = 0;

	while (key == BLOCKS_RESERVED && lock_wait(&round))
		key = __atomic_load_n(&cell->key, __ATOMIC_ACQUIRE);
	if (key == BLOCKS_RESERVED)
		blocks_swap(&cell->key, BLOCKS_RESERVED, BLOCKS_TOMBSTONE);
	return key;
}

/* Into a page that nobody else can see yet. */
static void copy_cell(struct blocks_cell *to, uint64_t key, uint64_t value)
{
	uintptr_t address = address_of(key);
	uint32_t home = blocks_home(address, blocks_hash(address));

	for (uint32_t i = 0; i < CELLS; i++) {
		struct blocks_cell *cell = line_at(to, home, i / BLOCKS_NEAR) + i % BLOCKS_NEAR;

		if (cell->key == key)
			return;
		if (cell->key != BLOCKS_EMPTY)
			continue;
		cell->value = value;
		cell->key = key;
		return;
	}
}

static void uncopy_cell(struct blocks_cell *to, uint64_t key)
{
	for (uint32_t i = 0; i < CELLS; i++)
		if (to[i].key == key)
			to[i].key = BLOCKS_TOMBSTONE;
}

/*
 * Move every block whose next hash bit is set.  May be done again from the start, in a forked
 * child.
 */
static void move_cells(struct blocks_cell *from, struct blocks_cell *to, uint64_t bit)
{
	for (uint32_t i = 0; i < CELLS; i++) {
		uint64_t key = settled_key(&from[i]);

		if (!is_block(key) || !(blocks_hash(address_of(key)) & bit))
			continue;
		copy_cell(to, key, from[i].value);
		if (!blocks_swap(&from[i].key, key, BLOCKS_TOMBSTONE))
			uncopy_cell(to, key);
	}
}

static void point_to(struct blocks_directory *directory, uint64_t hash, uint32_t depth,
		     struct blocks_cell *from, struct blocks_cell *to)
{
	/* All words that share the first `depth` bits: the upper half goes to the new page. */
	uint64_t words = (uint64_t)1 << (directory->depth - depth);
	uintptr_t *first = &directory->pages[hash >> (64 - depth) << (directory->depth - depth)];

	for (uint64_t i = 0; i < words; i++)
		__atomic_store_n(&first[i], (uintptr_t)(i < words / 2 ? from : to) | (depth + 1),
				 __ATOMIC_RELEASE);
}

static struct blocks_directory *make_directory(uint32_t depth, int tid)
{
	struct blocks_directory *d = arena_take(sizeof(*d) + (sizeof(uintptr_t) << depth), tid);

	if (!d)
		return NULL;
	d->depth = depth;
	d->shift = 64 - depth;
	return d;
}

static struct blocks_directory *double_directory(struct blocks_table *table, int tid)
{
	struct blocks_directory *old = table->directory, *bigger;

	if (old->depth >= DEPTH_MOST)
		return NULL;
	bigger = make_directory(old->depth + 1, tid);
	if (!bigger)
		return NULL;
	for (uint64_t i = 0; i < (uint64_t)1 << old->depth; i++)
		bigger->pages[2 * i] = bigger->pages[2 * i + 1] = old->pages[i];
	__atomic_store_n(&table->directory, bigger, __ATOMIC_RELEASE);
	return bigger;
}

static void finish_split(struct blocks_table *table)
{
	uint32_t depth = table->depth;

	move_cells(table->from, table->to, (uint64_t)1 << (63 - depth));
	point_to(table->directory, table->hash, depth, table->from, table->to);
	table->from = NULL;
	__atomic_fetch_add(&table->sequence, 1, __ATOMIC_SEQ_CST);
}

/* Blocks of one stretch of addresses stay together. */
static bool has_one_stretch(const struct blocks_cell *page, uint64_t hash)
{
	for (uint32_t i = 0; i < CELLS; i++) {
		uint64_t key = __atomic_load_n(&page[i].key, __ATOMIC_RELAXED);

		if (is_block(key) && blocks_hash(address_of(key)) != hash)
			return false;
	}
	return true;
}

/* Are the blocks of this page in stretches that are full of small blocks? */
static bool is_crowded(const struct blocks_cell *page)
{
	uint64_t seen[STRETCHES_APART / 64] = { 0 };
	uint32_t blocks = 0, stretches = 0;

	for (uint32_t i = 0; i < CELLS; i++) {
		uint64_t key = __atomic_load_n(&page[i].key, __ATOMIC_RELAXED);

		if (!is_block(key))
			continue;
		blocks++;
		seen[(address_of(key) >> BLOCKS_STRETCH_SHIFT) % STRETCHES_APART / 64] |=
			(uint64_t)1 << ((address_of(key) >> BLOCKS_STRETCH_SHIFT) % 64);
	}
	for (uint32_t i = 0; i < STRETCHES_APART / 64; i++)
		stretches += (uint32_t)__builtin_popcountll(seen[i]);
	return blocks >= stretches * DENSE_FROM;
}

/* The lock is held.  What is in the table stays there until it is freed. */
static void go_beside(const struct blocks_cell *page, uintptr_t address, int tid)
{
	dense_register_heap(address, tid);
	for (uint32_t i = 0; i < CELLS; i++) {
		uint64_t key = __atomic_load_n(&page[i].key, __ATOMIC_RELAXED);

		if (is_block(key))
			dense_register_heap(address_of(key), tid);
	}
}

/* The lock is held. */
static bool split_locked(struct blocks_table *table, uint64_t hash, int tid)
{
	struct blocks_directory *directory = table->directory;
	uintptr_t word = *entry_of(directory, hash);
	struct blocks_cell *to;

	/* Addresses that will not be told apart must not make the directory grow without end. */
	if (has_one_stretch(page_of(word), hash) ||
	    depth_of(word) > DEPTH_BEYOND + 32 - (uint32_t)__builtin_clz(table->pages))
		return false;
	to = new_page(table, tid);
	if (!to)
		return false;
	if (depth_of(word) == directory->depth && !double_directory(table, tid))
		return false;
	table->to = to;
	table->hash = hash;
	table->depth = depth_of(word);
	barrier();
	table->from = page_of(word);
	__atomic_fetch_add(&table->sequence, 1, __ATOMIC_SEQ_CST);
	finish_split(table);
	return true;
}

static bool may_go_beside(uintptr_t address, const struct block *block)
{
	return dense_heap_word(address) && dense_fits_heap(address, block->bytes);
}

/* There is room for this block now, in the table or beside it. */
static bool make_room(struct blocks_table *table, struct blocks_cell *page, uintptr_t address,
		      const struct block *block, int tid)
{
	uint64_t hash = blocks_hash(address);
	bool done;

	if (!lock_take(&table->lock, tid))
		return false;
	if (is_crowded(page))
		go_beside(page, address, tid);
	done = may_go_beside(address, block) || blocks_page(table, hash) != page ||
	       split_locked(table, hash, tid);
	lock_drop(&table->lock);
	return done;
}

/* Wait for a split to end; false when it lasts too long. */
static bool wait_for_split(const struct blocks_table *table, int *round)
{
	while (blocks_sequence(table) & 1)
		if (!lock_wait(round))
			return false;
	return true;
}

static void replace(struct blocks_cell *cell, uintptr_t address, struct block *block)
{
	struct block old;

	blocks_unpack(&old, cell->key, cell->value);
	blocks_fill(cell, blocks_key(address, block->birth),
		    blocks_value(block->record, block->bytes));
	*block = old;
}

static bool insert_beside(uintptr_t address, const struct block *block)
{
	return may_go_beside(address, block) &&
	       blocks_insert_dense(dense_heap_word(address),
				   blocks_value(block->record, block->bytes), block->birth);
}

static enum blocks_result insert(uintptr_t address, struct block *block, int tid)
{
	struct blocks_table *table = blocks_table(address);
	uint64_t hash = blocks_hash(address);
	uint32_t lines = LINES_NEAR;
	int round = 0;

	while (!insert_beside(address, block)) {
		uint32_t before = blocks_sequence(table);
		struct blocks_cell *page = blocks_page(table, hash), *same = NULL, *cell;

		cell = reserve(page, address, hash, lines, &same);
		if (unlikely(same)) {
			replace(same, address, block);
			return BLOCKS_REPLACED;
		}
		if (likely(cell && !(before & 1) && blocks_sequence(table) == before)) {
			blocks_fill(cell, blocks_key(address, block->birth),
				    blocks_value(block->record, block->bytes));
			return BLOCKS_OK;
		}
		/* A split has begun since: the cell may be in the wrong page by now. */
		if (cell)
			__atomic_store_n(&cell->key, BLOCKS_TOMBSTONE, __ATOMIC_RELEASE);
		if (blocks_sequence(table) & 1) {
			if (!wait_for_split(table, &round))
				return BLOCKS_FULL;
		} else if (!cell && !make_room(table, page, address, block, tid)) {
			if (lines == LINES)
				return BLOCKS_FULL;
			lines = LINES;
		}
	}
	return BLOCKS_OK;
}

enum blocks_result blocks_insert_slow(uintptr_t address, struct block *block, int tid)
{
	enum blocks_result result;
	struct block old;
	bool missed;

	if (!(uint32_t)blocks_key(address, 0))
		return BLOCKS_FULL;
	missed = blocks_remove_word(dense_heap_word(address), &old);
	if (blocks_could_go_beside(address, block->bytes))
		dense_register_heap(address, tid);
	result = insert(address, block, tid);
	if (!missed || result != BLOCKS_OK)
		return result;
	*block = old;
	return BLOCKS_REPLACED;
}

bool blocks_remove_slow(uintptr_t address, struct block *block)
{
	struct blocks_table *table = blocks_table(address);
	uint64_t hash = blocks_hash(address);
	int round = 0;

	for (;;) {
		uint32_t before = blocks_sequence(table);
		struct blocks_cell *cell = find(blocks_page(table, hash), address, hash);

		if (likely(cell)) {
			uint64_t key = __atomic_load_n(&cell->key, __ATOMIC_RELAXED);
			uint64_t value = __atomic_load_n(&cell->value, __ATOMIC_RELAXED);

			if (address_of(key) == address &&
			    blocks_swap(&cell->key, key, BLOCKS_TOMBSTONE)) {
				blocks_unpack(block, key, value);
				return true;
			}
		} else if (likely(!(before & 1) && blocks_sequence(table) == before)) {
			return false;
		}
		if (!wait_for_split(table, &round))
			return false;
	}
}

static int begin_table(struct blocks_table *table, int tid)
{
	struct blocks_directory *directory = make_directory(DEPTH_FIRST, tid);

	if (!directory)
		return -1;
	for (uint32_t i = 0; i < 1u << DEPTH_FIRST; i++) {
		struct blocks_cell *page = new_page(table, tid);

		if (!page)
			return -1;
		directory->pages[i] = (uintptr_t)page | DEPTH_FIRST;
	}
	__atomic_store_n(&table->directory, directory, __ATOMIC_RELEASE);
	return 0;
}

int blocks_begin(int tid)
{
	for (uint32_t i = 0; i < BLOCKS_TABLES; i++)
		if (begin_table(&blocks_tables[i], tid) < 0)
			return -1;
	return 0;
}

static void each_in_line(const struct blocks_cell *line, blocks_visit *visit, void *context)
{
	for (uint32_t i = 0; i < BLOCKS_NEAR; i++) {
		struct block block;

		if (!is_block(line[i].key))
			continue;
		blocks_unpack(&block, line[i].key, line[i].value);
		visit(context, address_of(line[i].key), &block);
	}
}

/* Where much was freed most lines have none. */
static void each_in(const struct blocks_cell *page, blocks_visit *visit, void *context)
{
	for (uint32_t i = 0; i < CELLS; i += BLOCKS_NEAR)
		if ((page[i].key | page[i + 1].key | page[i + 2].key | page[i + 3].key) &
		    BLOCKS_ADDRESS_MASK)
			each_in_line(&page[i], visit, context);
}

/* Its first lines; the rest the processor reads ahead by itself. */
static void fetch_page(const struct blocks_cell *page)
{
	for (uint32_t i = 0; i < LINES_AHEAD; i++)
		__builtin_prefetch(&page[i * BLOCKS_NEAR]);
}

struct visiting {
	blocks_visit *visit;
	void *context;
};

static void visit_dense(void *context, uintptr_t address, uint64_t word)
{
	const struct visiting *v = context;
	struct block block;

	blocks_unpack_dense(&block, word);
	v->visit(v->context, address, &block);
}

static void each_beside(const struct blocks_table *table, struct visiting visiting)
{
	for (uint32_t i = 0; i < dense_heap_count(); i++)
		if (blocks_table(dense_heap(i)->start_1) == table)
			dense_each(dense_heap(i), visit_dense, &visiting);
}

/* Words that name one page stand side by side. */
void blocks_each_of(uint32_t table, blocks_visit *visit, void *context)
{
	const struct blocks_directory *directory = blocks_tables[table].directory;
	uintptr_t last = 0;

	for (uint64_t i = 0; directory && i < (uint64_t)1 << directory->depth; i++) {
		if (directory->pages[i] == last)
			continue;
		last = directory->pages[i];
		if (i + 1 < (uint64_t)1 << directory->depth)
			fetch_page(page_of(directory->pages[i + 1]));
		each_in(page_of(last), visit, context);
	}
	each_beside(&blocks_tables[table], (struct visiting){ visit, context });
}

void blocks_each(blocks_visit *visit, void *context)
{
	struct visiting visiting = { visit, context };

	for (uint32_t i = 0; i < DENSE_REGIONS; i++)
		dense_each(&dense_arenas[i], visit_dense, &visiting);
	for (uint32_t i = 0; i < BLOCKS_TABLES; i++)
		blocks_each_of(i, visit, context);
}

static uint64_t clear_reserved(struct blocks_cell *page)
{
	uint64_t found = 0;

	for (uint32_t i = 0; i < CELLS; i++)
		if (page[i].key == BLOCKS_RESERVED) {
			page[i].key = BLOCKS_TOMBSTONE;
			found++;
		}
	return found;
}

static uint64_t settle_table(struct blocks_table *table)
{
	struct blocks_directory *directory = table->directory;
	uint64_t found = 0;

	table->lock.owner = 0;
	for (uint64_t i = 0; i < (uint64_t)1 << directory->depth; i++)
		found += clear_reserved(page_of(directory->pages[i]));
	if (table->sequence & 1 && table->from)
		finish_split(table);
	return found;
}

uint64_t blocks_after_fork(void)
{
	uint64_t found = 0;

	dense_after_fork();
	for (uint32_t i = 0; i < BLOCKS_TABLES; i++)
		found += settle_table(&blocks_tables[i]);
	return found;
}

void blocks_in_copy(void)
{
	for (uint32_t i = 0; i < BLOCKS_TABLES; i++) {
		struct blocks_table *table = &blocks_tables[i];

		if (!(table->sequence & 1) || !table->from)
			continue;
		clear_reserved(table->from);
		finish_split(table);
	}
}

uint64_t blocks_capacity(void)
{
	uint64_t cells = 0;

	for (uint32_t i = 0; i < BLOCKS_TABLES; i++)
		cells += (uint64_t)blocks_tables[i].pages * CELLS;
	return cells;
}
