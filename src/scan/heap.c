/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scan/heap.h"

#include <cpuid.h>
#include <errno.h>
#include <sys/mman.h>

#include "arena.h"
#include "scan/crew.h"

#define PAGES_BYTES	(HEAP_PAGES * sizeof(struct heap_page))
#define TABLE_BYTES	(HEAP_REGIONS * sizeof(struct heap_page *))
#define SLOTS_BYTES	(HEAP_REGIONS * sizeof(uint16_t))
#define REGIONS_MOST	32768u
#define BLOCKS_MOST	0x7ffffffeu /* the highest bit has a meaning where a block is held */
#define MANY		12u	    /* blocks of a page that has a line */
#define ODD		1u /* while blocks are counted: one of the page begins at no place */
#define HUGE_FROM_BYTES ((uint64_t)8 << 20)

struct heap heap;
const struct heap_page heap_nowhere;

/* What those at work find out while blocks are counted. */
static struct making {
	uintptr_t low, end;
	bool failed;
} makings[CREW_MOST];

static uint32_t next_table, adding;

static uint64_t room_bytes(size_t each)
{
	return ((uint64_t)heap.count + 1) * each;
}

static uint32_t region_of(uintptr_t at)
{
	return (uint32_t)(at >> HEAP_REGION) & (HEAP_REGIONS - 1);
}

static uint32_t page_of(uintptr_t at)
{
	return (uint32_t)(at >> HEAP_PAGE) & (HEAP_PAGES - 1);
}

static void lock(void)
{
	uint32_t round = 0;

	while (__atomic_exchange_n(&adding, 1, __ATOMIC_ACQUIRE))
		crew_pause(&round);
}

static void unlock(void)
{
	__atomic_store_n(&adding, 0, __ATOMIC_RELEASE);
}

static void add_region(uint32_t region)
{
	struct heap_region *r = &heap.regions[heap.regions_used + 1];

	if (heap.slots[region] || heap.regions_used + 2 >= REGIONS_MOST)
		return;
	r->low = HEAP_PAGES;
	__atomic_store_n(&heap.slots[region], (uint16_t)++heap.regions_used, __ATOMIC_RELEASE);
}

static struct heap_region *region_at(uintptr_t at)
{
	uint16_t slot = __atomic_load_n(&heap.slots[region_of(at)], __ATOMIC_ACQUIRE);

	return slot ? &heap.regions[slot] : NULL;
}

/* NULL when there are too many. */
static struct heap_region *have_region(uintptr_t at)
{
	struct heap_region *r = region_at(at);

	if (likely(r))
		return r;
	lock();
	add_region(region_of(at));
	unlock();
	return region_at(at);
}

static struct heap_page *have_pages(struct heap_region *r)
{
	struct heap_page *pages = __atomic_load_n(&r->pages, __ATOMIC_ACQUIRE);

	if (likely(pages))
		return pages;
	lock();
	if (!r->pages)
		__atomic_store_n(&r->pages, arena_map(PAGES_BYTES), __ATOMIC_RELEASE);
	unlock();
	return r->pages;
}

/* A block may reach into regions where none begins. */
static bool cover(uintptr_t at, uint64_t bytes)
{
	for (uintptr_t end = at + bytes; at < end; at += (uintptr_t)1 << HEAP_REGION)
		if (!have_region(at))
			return false;
	return have_region(at) != NULL;
}

static void widen(struct making *making, uintptr_t at, uint64_t bytes)
{
	if (at < making->low)
		making->low = at;
	if (at + bytes + 1 > making->end)
		making->end = at + bytes + 1;
}

static void widen_region(struct heap_region *r, uint32_t page)
{
	uint32_t low = __atomic_load_n(&r->low, __ATOMIC_RELAXED);
	uint32_t high = __atomic_load_n(&r->high, __ATOMIC_RELAXED);

	while (page < low && !__atomic_compare_exchange_n(&r->low, &low, page, false,
							  __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
	while (page > high && !__atomic_compare_exchange_n(&r->high, &high, page, false,
							   __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

static void count_block(void *context, uintptr_t at, const struct block *block)
{
	struct making *making = context;
	struct heap_region *r = have_region(at);
	struct heap_page *pages = r ? have_pages(r) : NULL;

	if (!pages || (region_of(at) != region_of(at + block->bytes) && !cover(at, block->bytes))) {
		making->failed = true;
		return;
	}
	widen_region(r, page_of(at));
	pages[page_of(at)].until++;
	if (at & ((1u << HEAP_PLACE) - 1))
		pages[page_of(at)].line = ODD;
	widen(making, at, block->bytes);
}

/* No two tables have blocks of one page: each is gone through by one alone. */
static void each_block(blocks_visit *visit, void *context)
{
	uint32_t table;

	while ((table = __atomic_fetch_add(&next_table, 1, __ATOMIC_RELAXED)) < BLOCKS_TABLES)
		blocks_each_of(table, visit, context);
}

static void count_part(uint32_t number)
{
	each_block(count_block, &makings[number]);
}

static int count_all(void)
{
	heap.low = ~(uintptr_t)0;
	for (uint32_t i = 0; i < CREW_MOST; i++)
		makings[i] = (struct making){ .low = heap.low };
	next_table = 0;
	crew_run(count_part);
	for (uint32_t i = 0; i < CREW_MOST; i++) {
		if (makings[i].failed)
			return -ENOMEM;
		if (makings[i].low < heap.low)
			heap.low = makings[i].low;
	}
	for (uint32_t i = 0; i < CREW_MOST; i++)
		if (makings[i].end > heap.low + heap.bytes)
			heap.bytes = makings[i].end - heap.low;
	return 0;
}

/* Counts become numbers of first blocks; putting the blocks there makes them those behind. */
static uint64_t add_up_region(struct heap_region *r, uint64_t sum)
{
	r->first = (uint32_t)sum;
	for (uint32_t i = r->low; r->pages && i <= r->high; i++) {
		struct heap_page *page = &r->pages[i];
		uint32_t count = page->until;

		page->line = count >= HEAP_FEW && page->line != ODD ? ++heap.lines_count : 0;
		page->until = (uint32_t)sum;
		sum += count;
	}
	return sum;
}

static int add_up(void)
{
	uint64_t sum = 0;

	for (uint32_t region = 0; region < HEAP_REGIONS; region++) {
		if (!heap.slots[region])
			continue;
		sum = add_up_region(&heap.regions[heap.slots[region]], sum);
		heap.pages[region] = heap.regions[heap.slots[region]].pages;
	}
	heap.count = (uint32_t)sum;
	return sum > BLOCKS_MOST ? -ENOMEM : 0;
}

static void put_block(void *context, uintptr_t at, const struct block *block)
{
	struct heap_region *r = &heap.regions[heap.slots[region_of(at)]];

	(void)context;
	heap.blocks[r->pages[page_of(at)].until++] = (struct heap_block){
		(uint64_t)block->birth << BLOCKS_ADDRESS_BITS | at >> 3,
		(uint64_t)block->record << BLOCKS_SIZE_BITS | block->bytes,
	};
}

static void put_part(uint32_t number)
{
	(void)number;
	each_block(put_block, NULL);
}

/* Few, or mostly in order. */
static void sort_few(uint32_t from, uint32_t to)
{
	for (uint32_t i = from + 1; i < to; i++) {
		struct heap_block moved = heap.blocks[i];
		uint64_t at = moved.key & BLOCKS_ADDRESS_MASK;
		uint32_t k = i;

		for (; k > from && (heap.blocks[k - 1].key & BLOCKS_ADDRESS_MASK) > at; k--)
			heap.blocks[k] = heap.blocks[k - 1];
		heap.blocks[k] = moved;
	}
}

static unsigned ones_slow(uint64_t bits)
{
	unsigned count = 0;

	for (; bits; bits &= bits - 1)
		count++;
	return count;
}

static inline unsigned ones(uint64_t bits)
{
	uint64_t count;

	if (unlikely(!heap.counts_bits))
		return ones_slow(bits);
	__asm__("popcnt %1, %0" : "=r"(count) : "r"(bits) : "cc");
	return (unsigned)count;
}

static inline unsigned place_of(uintptr_t at)
{
	return at >> HEAP_PLACE & (HEAP_PLACES - 1);
}

/* How many blocks of the page begin behind the address. */
static inline uint32_t count_behind(const struct heap_line *line, uintptr_t at)
{
	unsigned place = place_of(at);
	uint64_t behind = ~(uint64_t)1 << (place & 63);
	uint32_t count = 0;

	for (unsigned word = 0; word < HEAP_LINE_WORDS; word++) {
		uint64_t bits = line->starts[word];

		count += ones(word > place / 64 ? bits : word == place / 64 ? bits & behind : 0);
	}
	return count;
}

/* False when two begin at one address. */
static bool fill_line(struct heap_line *line, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to; i++) {
		unsigned place = place_of(heap_start(i));
		uint64_t *word = &line->starts[place / 64], bit = (uint64_t)1 << (place & 63);

		if (*word & bit)
			return false;
		*word |= bit;
	}
	return true;
}

/* The line tells each block's place. */
static void sort_many(const struct heap_line *line, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to; i++) {
		struct heap_block moved = heap.blocks[i];

		for (;;) {
			uintptr_t at = (uintptr_t)(moved.key & BLOCKS_ADDRESS_MASK) << 3;
			uint32_t place = to - 1 - count_behind(line, at);
			struct heap_block other = heap.blocks[place];

			heap.blocks[place] = moved;
			if (place == i)
				break;
			moved = other;
		}
	}
}

static void sort_page(struct heap_page *page, uint32_t from)
{
	if (page->line && !fill_line(&heap.lines[page->line], from, page->until))
		page->line = 0;
	if (page->line)
		sort_many(&heap.lines[page->line], from, page->until);
	else
		sort_few(from, page->until);
}

/* Of each region its part. */
static void sort_part(uint32_t number)
{
	for (uint32_t i = 1; i <= heap.regions_used; i++) {
		struct heap_region *r = &heap.regions[i];
		uint64_t pages = r->pages ? r->high - r->low + 1 : 0;
		uint32_t p = r->low + (uint32_t)(pages * number / crew_size());
		uint32_t end = r->low + (uint32_t)(pages * (number + 1) / crew_size());

		for (; p < end; p++)
			sort_page(&r->pages[p], p == r->low ? r->first : r->pages[p - 1].until);
	}
}

/* Large ones are read all over: fewer, larger pages are found faster. */
static void *take(uint64_t bytes)
{
	void *at = arena_map(bytes);

	if (at && bytes >= HUGE_FROM_BYTES)
		sys_advise(at, bytes, MADV_HUGEPAGE);
	return at;
}

static uint64_t lines_bytes(void)
{
	return ((uint64_t)heap.lines_count + 1) * sizeof(*heap.lines);
}

static bool can_count_bits(void)
{
	unsigned a, b, c, d;

	return __get_cpuid(1, &a, &b, &c, &d) && c & bit_POPCNT;
}

int heap_make(void)
{
	heap.counts_bits = can_count_bits();
	heap.slots = arena_map(SLOTS_BYTES);
	heap.regions = arena_map(REGIONS_MOST * sizeof(*heap.regions));
	heap.pages = arena_map(TABLE_BYTES);
	if (!heap.pages || !heap.slots || !heap.regions)
		return -ENOMEM;
	if (count_all() < 0 || add_up() < 0)
		return -ENOMEM;
	heap.blocks = take(room_bytes(sizeof(*heap.blocks)));
	heap.states = take(room_bytes(sizeof(*heap.states)));
	heap.links = arena_map(room_bytes(sizeof(*heap.links)));
	heap.extras = arena_map(room_bytes(sizeof(*heap.extras)));
	heap.lines = take(lines_bytes());
	if (!heap.blocks || !heap.states || !heap.links || !heap.extras || !heap.lines)
		return -ENOMEM;
	next_table = 0;
	crew_run(put_part);
	crew_run(sort_part);
	return 0;
}

uint32_t heap_next_not(uint32_t i, uint8_t state)
{
	uint64_t all = state * (~(uint64_t)0 / 255), eight;

	for (; i + 8 <= heap.count; i += 8) {
		__builtin_memcpy(&eight, &heap.states[i], 8);
		if (eight != all)
			break;
	}
	while (i < heap.count && heap.states[i] == state)
		i++;
	return i;
}

void heap_forget_met(void)
{
	for (uint32_t i = 1; i <= heap.lines_count; i++)
		for (unsigned word = 0; word < HEAP_LINE_WORDS; word++)
			heap.lines[i].met[word] = 0;
}

static void give_back(void *at, size_t bytes)
{
	if (at)
		arena_unmap(at, bytes);
}

void heap_end(void)
{
	for (uint32_t i = 1; heap.regions && i <= heap.regions_used; i++)
		give_back(heap.regions[i].pages, PAGES_BYTES);
	give_back(heap.regions, REGIONS_MOST * sizeof(*heap.regions));
	give_back(heap.pages, TABLE_BYTES);
	give_back(heap.slots, SLOTS_BYTES);
	give_back(heap.blocks, room_bytes(sizeof(*heap.blocks)));
	give_back(heap.states, room_bytes(sizeof(*heap.states)));
	give_back(heap.lines, lines_bytes());
	give_back(heap.links, room_bytes(sizeof(*heap.links)));
	give_back(heap.extras, room_bytes(sizeof(*heap.extras)));
	heap = (struct heap){ 0 };
}

static uint32_t first_of(const struct heap_page *page, uintptr_t at)
{
	const struct heap_region *r = &heap.regions[heap.slots[region_of(at)]];

	return page == &r->pages[r->low] ? r->first : page[-1].until;
}

/* How many blocks begin at or before the address, in a page without a line. */
static uint32_t search(const struct heap_page *page, uintptr_t at)
{
	uint32_t low = first_of(page, at), high = page->until, first;

	while (high - low > HEAP_FEW) {
		uint32_t middle = low + (high - low) / 2;

		if (heap_start(middle) <= at)
			low = middle + 1;
		else
			high = middle;
	}
	/* The last few without a branch that could be guessed wrong. */
	for (first = low; first < high; first++)
		low += heap_start(first) <= at;
	return low;
}

static bool is_empty_array(uint32_t block)
{
	return heap_bytes(block) == 8 && !*(const uint64_t *)heap_start(block);
}

bool heap_holds(uint32_t block, uintptr_t at)
{
	uintptr_t offset = at - heap_start(block);

	return offset < heap_bytes(block) || !offset || (offset == 8 && is_empty_array(block));
}

/* Where no block begins in the page or before it. */
static uint32_t find_far(uintptr_t at)
{
	uint32_t slot = heap.slots[region_of(at)];
	const struct heap_region *r = &heap.regions[slot];

	if (!slot)
		return HEAP_NONE;
	if (!r->pages || page_of(at) < r->low)
		return r->first - 1; /* 0 - 1 is HEAP_NONE */
	return r->pages[r->high].until - 1;
}

/* The start of a block that has been met. */
static bool is_met(const struct heap_line *line, uintptr_t at)
{
	unsigned place = place_of(at);

	return line->met[place / 64] >> (place & 63) & !(at & ((1u << HEAP_PLACE) - 1));
}

/* The last block that begins at the address or before it. */
static uint32_t find_before(const struct heap_page *page, uintptr_t at)
{
	if (likely(page->line))
		return page->until - count_behind(&heap.lines[page->line], at) - 1;
	return page->until ? search(page, at) - 1 : find_far(at);
}

void heap_look_find(struct heap_look *look)
{
	const struct heap_page *page = look->page;

	look->block = HEAP_NONE;
	if (is_met(&heap.lines[page->line], look->at))
		return;
	look->block = find_before(page, look->at);
	if (look->block == HEAP_NONE)
		return;
	__builtin_prefetch(&heap.states[look->block], 1);
	__builtin_prefetch(&heap.blocks[look->block]);
}

uint32_t heap_find_slow(uintptr_t at)
{
	struct heap_look look = { .at = at };
	uint32_t block;

	heap_look_begin(&look);
	block = find_before(look.page, at);
	return block != HEAP_NONE && heap_holds(block, at) ? block : HEAP_NONE;
}

uint32_t heap_first_from(uintptr_t at)
{
	uint32_t low = 0, high = heap.count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (heap_start(middle) < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
