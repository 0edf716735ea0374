/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scan/heap.h"

#include <cpuid.h>
#include <errno.h>
#include <sys/mman.h>

#include "arena.h"

#define PAGES_BYTES	(HEAP_PAGES * sizeof(struct heap_page))
#define SLOTS_BYTES	(HEAP_REGIONS * sizeof(uint16_t))
#define REGIONS_MOST	32768u
#define BLOCKS_MOST	0x7ffffffeu /* the highest bit has a meaning where a block is held */
#define MANY		12u	    /* blocks of a page that has a line */
#define ODD		1u /* while blocks are counted: one of the page begins at no place */
#define COUNTED		12u
#define HUGE_FROM_BYTES ((uint64_t)8 << 20)

struct heap heap;

struct making {
	uint64_t count;
	bool failed;
};

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

static struct heap_region *add_region(uint32_t region)
{
	struct heap_region *r;

	if (heap.regions_used + 1 >= REGIONS_MOST)
		return NULL;
	heap.slots[region] = (uint16_t)++heap.regions_used;
	r = &heap.regions[heap.regions_used];
	r->low = HEAP_PAGES;
	return r;
}

static struct heap_region *have_region(uintptr_t at)
{
	uint32_t region = region_of(at);

	return heap.slots[region] ? &heap.regions[heap.slots[region]] : add_region(region);
}

/* A block may reach into regions where none begins. */
static bool cover(uintptr_t at, uint64_t bytes)
{
	for (uintptr_t end = at + bytes; at < end; at += (uintptr_t)1 << HEAP_REGION)
		if (!have_region(at))
			return false;
	return have_region(at) != NULL;
}

static void widen(uintptr_t at, uint64_t bytes)
{
	uintptr_t end = heap.low + heap.bytes;

	if (!heap.bytes || at < heap.low)
		heap.low = at;
	if (at + bytes + 1 > end)
		end = at + bytes + 1;
	heap.bytes = end - heap.low;
}

static void count_block(void *context, uintptr_t at, const struct block *block)
{
	struct making *making = context;
	struct heap_region *r = have_region(at);

	if (making->failed || !r || making->count == BLOCKS_MOST ||
	    (region_of(at) != region_of(at + block->bytes) && !cover(at, block->bytes))) {
		making->failed = true;
		return;
	}
	if (!r->pages)
		r->pages = arena_map(PAGES_BYTES);
	if (!r->pages) {
		making->failed = true;
		return;
	}
	if (page_of(at) < r->low)
		r->low = page_of(at);
	if (page_of(at) > r->high)
		r->high = page_of(at);
	r->pages[page_of(at)].until++;
	if (at & ((1u << HEAP_PLACE) - 1))
		r->pages[page_of(at)].line = ODD;
	making->count++;
	widen(at, block->bytes);
}

/* Counts become numbers of first blocks; putting the blocks there makes them those behind. */
static uint32_t add_up_region(struct heap_region *r, uint32_t sum)
{
	r->first = sum;
	for (uint32_t i = r->low; r->pages && i <= r->high; i++) {
		struct heap_page *page = &r->pages[i];
		uint32_t count = page->until;

		page->line = count >= MANY && page->line != ODD ? ++heap.lines_count : 0;
		page->until = sum;
		sum += count;
	}
	return sum;
}

static void add_up(void)
{
	for (uint32_t region = 0; region < HEAP_REGIONS; region++)
		if (heap.slots[region])
			heap.count = add_up_region(&heap.regions[heap.slots[region]], heap.count);
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

static void sort_all(void)
{
	for (uint32_t i = 1; i <= heap.regions_used; i++) {
		struct heap_region *r = &heap.regions[i];
		uint32_t from = r->first;

		for (uint32_t p = r->low; r->pages && p <= r->high; p++) {
			sort_page(&r->pages[p], from);
			from = r->pages[p].until;
		}
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
	struct making making = { 0 };

	heap.counts_bits = can_count_bits();
	heap.slots = arena_map(SLOTS_BYTES);
	heap.regions = arena_map(REGIONS_MOST * sizeof(*heap.regions));
	if (!heap.slots || !heap.regions)
		return -ENOMEM;
	blocks_each(count_block, &making);
	if (making.failed)
		return -ENOMEM;
	add_up();
	heap.blocks = take(room_bytes(sizeof(*heap.blocks)));
	heap.states = take(room_bytes(sizeof(*heap.states)));
	heap.links = arena_map(room_bytes(sizeof(*heap.links)));
	heap.extras = arena_map(room_bytes(sizeof(*heap.extras)));
	heap.lines = take(lines_bytes());
	if (!heap.blocks || !heap.states || !heap.links || !heap.extras || !heap.lines)
		return -ENOMEM;
	blocks_each(put_block, NULL);
	sort_all();
	return 0;
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

	while (high - low > COUNTED) {
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

void heap_look_begin(struct heap_look *look)
{
	uint32_t slot = heap.slots[region_of(look->at)], page = page_of(look->at);
	const struct heap_region *r = &heap.regions[slot];

	look->page = NULL;
	look->block = HEAP_NONE;
	if (!slot)
		return;
	if (!r->pages || page < r->low) {
		look->block = r->first - 1; /* 0 - 1 is HEAP_NONE */
	} else if (page > r->high) {
		look->block = r->pages[r->high].until - 1;
	} else {
		look->page = &r->pages[page];
		__builtin_prefetch(look->page);
	}
}

void heap_look_fetch(const struct heap_look *look)
{
	const struct heap_page *page = look->page;
	uint32_t from;

	if (!page)
		return;
	if (page->line) {
		__builtin_prefetch(&heap.lines[page->line], 1);
		return;
	}
	from = first_of(page, look->at);
	for (uint32_t i = from ? from - 1 : 0; i < page->until && i < from + COUNTED; i += 4)
		__builtin_prefetch(&heap.blocks[i]);
}

/* The start of a block that has been met. */
static bool is_met(const struct heap_line *line, uintptr_t at)
{
	unsigned place = place_of(at);

	return line->met[place / 64] >> (place & 63) & !(at & ((1u << HEAP_PLACE) - 1));
}

void heap_look_find(struct heap_look *look)
{
	const struct heap_page *page = look->page;
	const struct heap_line *line;

	if (!page)
		return;
	line = &heap.lines[page->line];
	if (!page->line)
		look->block = search(page, look->at) - 1;
	else if (is_met(line, look->at))
		return;
	else
		look->block = page->until - count_behind(line, look->at) - 1;
	if (look->block == HEAP_NONE)
		return;
	__builtin_prefetch(&heap.states[look->block], 1);
	__builtin_prefetch(&heap.blocks[look->block]);
}

void heap_look_met(const struct heap_look *look)
{
	unsigned place = place_of(look->at);

	if (look->page && look->page->line)
		heap.lines[look->page->line].met[place / 64] |= (uint64_t)1 << (place & 63);
}

uint32_t heap_find_slow(uintptr_t at)
{
	struct heap_look look = { .at = at };

	heap_look_begin(&look);
	if (look.page && look.page->line)
		look.block = look.page->until - count_behind(&heap.lines[look.page->line], at) - 1;
	else if (look.page)
		look.block = search(look.page, at) - 1;
	return look.block != HEAP_NONE && heap_holds(look.block, at) ? look.block : HEAP_NONE;
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
