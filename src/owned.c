/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "owned.h"

#define RANGES_MOST 32768u
#define PAGES_BITS  28
#define PAGES_MASK  (((uint64_t)1 << PAGES_BITS) - 1)

/* number of the first page << 28 | pages; 0 = gone or not yet there */
static uint64_t ranges[RANGES_MOST];
static uint32_t count;

static uint64_t pack(uint64_t page, uint64_t pages)
{
	return page << PAGES_BITS | pages;
}

static bool swap(uint32_t number, uint64_t old, uint64_t new)
{
	return __atomic_compare_exchange_n(&ranges[number], &old, new, false, __ATOMIC_ACQ_REL,
					   __ATOMIC_RELAXED);
}

/* The kernel mostly gives the place below the last one. */
static bool extend(uint32_t number, uint64_t page, uint64_t pages)
{
	uint64_t old = __atomic_load_n(&ranges[number], __ATOMIC_ACQUIRE);
	uint64_t old_page = old >> PAGES_BITS, old_pages = old & PAGES_MASK;

	if (!old || old_pages + pages > PAGES_MASK)
		return false;
	if (page + pages == old_page)
		return swap(number, old, pack(page, old_pages + pages));
	if (old_page + old_pages == page)
		return swap(number, old, pack(old_page, old_pages + pages));
	return false;
}

void owned_add(uintptr_t at, size_t bytes)
{
	uint64_t page = at >> 12, pages = (bytes + 4095) >> 12;
	uint32_t last = __atomic_load_n(&count, __ATOMIC_ACQUIRE);

	if (pages > PAGES_MASK || (last && last <= RANGES_MOST && extend(last - 1, page, pages)))
		return;
	last = __atomic_fetch_add(&count, 1, __ATOMIC_ACQ_REL);
	if (last < RANGES_MOST)
		__atomic_store_n(&ranges[last], pack(page, pages), __ATOMIC_RELEASE);
	else
		__atomic_store_n(&count, RANGES_MOST, __ATOMIC_RELEASE);
}

/* Takes pages out of one range, if they are in it. */
static bool take_out(uint32_t number, uint64_t page, uint64_t pages)
{
	uint64_t old = __atomic_load_n(&ranges[number], __ATOMIC_ACQUIRE);
	uint64_t from = old >> PAGES_BITS, to = from + (old & PAGES_MASK);

	if (page < from || page + pages > to)
		return false;
	if (!swap(number, old, page > from ? pack(from, page - from) : 0))
		return take_out(number, page, pages);
	if (page + pages < to)
		owned_add((page + pages) << 12, (to - page - pages) << 12);
	return true;
}

void owned_remove(uintptr_t at, size_t bytes)
{
	uint32_t number = owned_count();

	while (number--)
		if (take_out(number, at >> 12, (bytes + 4095) >> 12))
			return;
}

uint32_t owned_count(void)
{
	uint32_t n = __atomic_load_n(&count, __ATOMIC_ACQUIRE);

	return n < RANGES_MOST ? n : RANGES_MOST;
}

bool owned_range(uint32_t number, uintptr_t *start, uintptr_t *end)
{
	uint64_t range = __atomic_load_n(&ranges[number], __ATOMIC_ACQUIRE);

	*start = (uintptr_t)(range >> PAGES_BITS) << 12;
	*end = *start + (uintptr_t)((range & PAGES_MASK) << 12);
	return range != 0;
}
