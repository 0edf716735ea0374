/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scan/lost.h"

#include "scan/flood.h"
#include "scan/mark.h"

static void search(uint8_t least, uint8_t most, uint8_t to)
{
	const struct flood_search search = {
		.least = least, .most = most, .to = to, .leader = HEAP_NONE, .middles = true
	};

	flood_search(&search);
}

/* One after the other: a block that two lead to must have the same one in each run. */
static void lead(uint32_t block)
{
	heap_set_state(block, MARK_LEADER);
	heap.extras[block] = block;
	flood_leader(block);
	flood_from(block);
}

/* Those that no other one leads to. */
static void lead_from_outside(uint32_t first)
{
	search(MARK_NOT_MET, MARK_NOT_MET, MARK_POINTED_AT);
	flood_each(MARK_NOT_MET, MARK_POINTED_AT);
	heap_unmeet(MARK_NOT_MET, MARK_POINTED_AT, MARK_POINTED_AT);
	search(MARK_POINTED_AT, MARK_POINTED_AT, MARK_INDIRECT);
	for (uint32_t i = first; i < heap.count; i = mark_next(i + 1))
		if (heap_state(i) == MARK_NOT_MET)
			lead(i);
}

static void find_candidates(uint32_t first)
{
	search(MARK_POINTED_AT, MARK_POINTED_AT, MARK_SEARCHED);
	for (uint32_t i = first; i < heap.count; i = mark_next(i + 1))
		if (heap_state(i) == MARK_POINTED_AT) {
			heap_set_state(i, MARK_CANDIDATE);
			flood_from(i);
		}
}

void lost_sort(void)
{
	uint32_t first = mark_next(0);

	if (first == heap.count)
		return;
	lead_from_outside(first);
	find_candidates(first);
	heap_unmeet(MARK_CANDIDATE, MARK_SEARCHED, HEAP_AS_IT_IS);
	search(MARK_CANDIDATE, MARK_SEARCHED, MARK_INDIRECT);
	for (uint32_t i = heap.count; i-- > first;)
		if (heap_state(i) == MARK_CANDIDATE)
			lead(i);
}
