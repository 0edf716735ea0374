/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scan/heap.h"

#include <errno.h>
#include <sys/mman.h>

#include "arena.h"

#define UNTIL_BYTES	(HEAP_GRAINS * sizeof(uint32_t))
#define SLOTS_BYTES	(HEAP_REGIONS * sizeof(uint16_t))
#define REGIONS_MOST	32768u
#define BLOCKS_MOST	(HEAP_NONE - 1)
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

static uint32_t grain_of(uintptr_t at)
{
	return (uint32_t)(at >> HEAP_GRAIN) & (HEAP_GRAINS - 1);
}

static struct heap_region *add_region(uint32_t region)
{
	struct heap_region *r;

	if (heap.regions_used + 1 >= REGIONS_MOST)
		return NULL;
	heap.slots[region] = (uint16_t)++heap.regions_used;
	r = &heap.regions[heap.regions_used];
	r->low = HEAP_GRAINS;
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
	if (!r->until)
		r->until = arena_map(UNTIL_BYTES);
	if (!r->until) {
		making->failed = true;
		return;
	}
	if (grain_of(at) < r->low)
		r->low = grain_of(at);
	if (grain_of(at) > r->high)
		r->high = grain_of(at);
	r->until[grain_of(at)]++;
	making->count++;
	widen(at, block->bytes);
}

/* Counts become numbers of first blocks; putting the blocks there makes them those behind. */
static void add_up(void)
{
	uint32_t sum = 0, count;

	for (uint32_t region = 0; region < HEAP_REGIONS; region++) {
		struct heap_region *r = &heap.regions[heap.slots[region]];

		if (!heap.slots[region])
			continue;
		r->first = sum;
		for (uint32_t g = r->low; r->until && g <= r->high; g++) {
			count = r->until[g];
			r->until[g] = sum;
			sum += count;
		}
	}
	heap.count = sum;
}

static void put_block(void *context, uintptr_t at, const struct block *block)
{
	struct heap_region *r = &heap.regions[heap.slots[region_of(at)]];

	(void)context;
	heap.blocks[r->until[grain_of(at)]++] = (struct heap_block){
		(uint64_t)block->birth << BLOCKS_ADDRESS_BITS | at >> 3,
		(uint64_t)block->record << BLOCKS_SIZE_BITS | block->bytes,
	};
}

/* Blocks of one KiB: few, and mostly in order. */
static void sort_grain(uint32_t from, uint32_t to)
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

static void sort_all(void)
{
	for (uint32_t i = 1; i <= heap.regions_used; i++) {
		struct heap_region *r = &heap.regions[i];
		uint32_t from = r->first;

		for (uint32_t g = r->low; r->until && g <= r->high; g++) {
			if (r->until[g] > from + 1)
				sort_grain(from, r->until[g]);
			from = r->until[g];
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

int heap_make(void)
{
	struct making making = { 0 };

	heap.slots = arena_map(SLOTS_BYTES);
	heap.regions = arena_map(REGIONS_MOST * sizeof(*heap.regions));
	if (!heap.slots || !heap.regions)
		return -ENOMEM;
	blocks_each(count_block, &making);
	if (making.failed)
		return -ENOMEM;
	add_up();
	heap.blocks = take(room_bytes(sizeof(*heap.blocks)));
	heap.links = take(room_bytes(sizeof(*heap.links)));
	heap.extras = arena_map(room_bytes(sizeof(*heap.extras)));
	if (!heap.blocks || !heap.links || !heap.extras)
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
		give_back(heap.regions[i].until, UNTIL_BYTES);
	give_back(heap.regions, REGIONS_MOST * sizeof(*heap.regions));
	give_back(heap.slots, SLOTS_BYTES);
	give_back(heap.blocks, room_bytes(sizeof(*heap.blocks)));
	give_back(heap.links, room_bytes(sizeof(*heap.links)));
	give_back(heap.extras, room_bytes(sizeof(*heap.extras)));
	heap = (struct heap){ 0 };
}

/* How many blocks begin at or before the address. */
static uint32_t rank(const struct heap_region *r, uintptr_t at)
{
	uint32_t grain = grain_of(at), low, high;

	if (!r->until || grain < r->low)
		return r->first;
	if (grain > r->high)
		return r->until[r->high];
	low = grain == r->low ? r->first : r->until[grain - 1];
	high = r->until[grain];
	while (high - low > COUNTED) {
		uint32_t middle = low + (high - low) / 2;

		if (heap_start(middle) <= at)
			low = middle + 1;
		else
			high = middle;
	}
	/* The last few without a branch that could be guessed wrong. */
	for (grain = low; grain < high; grain++)
		low += heap_start(grain) <= at;
	return low;
}

static bool is_empty_array(uint32_t block)
{
	return heap_bytes(block) == 8 && !*(const uint64_t *)heap_start(block);
}

uint32_t heap_find_slow(uintptr_t at)
{
	uint32_t slot = heap.slots[region_of(at)], found;
	uintptr_t offset;

	if (!slot)
		return HEAP_NONE;
	found = rank(&heap.regions[slot], at);
	if (!found--)
		return HEAP_NONE;
	offset = at - heap_start(found);
	if (offset < heap_bytes(found) || !offset || (offset == 8 && is_empty_array(found)))
		return found;
	return HEAP_NONE;
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
