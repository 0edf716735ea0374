/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scan/heap.h"

unsigned heap_ones_slow(uint64_t bits)
{
	unsigned count = 0;

	for (; bits; bits &= bits - 1)
		count++;
	return count;
}

void heap_page_blocks(uintptr_t at, uint32_t *first, uint32_t *until)
{
	const struct heap_region *r = &heap.regions[heap.slots[heap_region_of(at)]];
	uint32_t page = (uint32_t)(at >> HEAP_PAGE) & (HEAP_PAGES - 1);
	uint32_t before = r->groups[page >> 6].first;

	*first = before + (page & 63 ? r->until[page - 1] : 0);
	*until = before + r->until[page];
}

/* How many blocks of the page begin at the address or before it. */
static uint32_t count_to(const struct heap_line *line, uintptr_t at)
{
	unsigned place = heap_place_of(at);
	uint64_t to = ~((uint64_t)-2 << (place & 63));
	uint32_t count = 0;

	for (unsigned word = 0; word <= place / 64; word++) {
		uint64_t bits = line->starts[word] | line->met[word];

		count += heap_ones(word == place / 64 ? bits & to : bits);
	}
	return count;
}

/* The first block of these that begins behind the address, or `high`. */
static uint32_t search(uint32_t low, uint32_t high, uintptr_t at)
{
	uint32_t first;

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

/* The first block that begins behind the address. */
static uint32_t find_behind(uintptr_t at)
{
	const struct heap_region *r = &heap.regions[heap.slots[heap_region_of(at)]];
	uint32_t group = heap_group_of(at), first, until;
	const struct heap_line *line;

	if (!r->groups || group < r->low)
		return r->first;
	if (group > r->high)
		return r->behind;
	heap_page_blocks(at, &first, &until);
	line = heap_line(&r->groups[group], heap_page_of(at));
	return line ? first + count_to(line, at) : search(first, until, at);
}

static bool is_empty_array(uint32_t block)
{
	return heap_bytes(block) == 8 && !*(const uint64_t *)heap_start(block);
}

static bool holds(uint32_t block, uintptr_t at)
{
	uintptr_t offset = at - heap_start(block);

	return offset < heap_bytes(block) || !offset || (offset == 8 && is_empty_array(block));
}

uint32_t heap_find_slow(uintptr_t at)
{
	uint32_t block;

	if (!heap.slots[heap_region_of(at)])
		return HEAP_NONE;
	block = find_behind(at) - 1; /* 0 - 1 is HEAP_NONE */
	return block != HEAP_NONE && holds(block, at) ? block : HEAP_NONE;
}

uint32_t heap_first_from(uintptr_t at)
{
	return at ? search(0, heap.count, at - 1) : 0;
}
