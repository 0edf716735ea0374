/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scan/lost.h"

#include "scan/flood.h"
#include "scan/mark.h"

static void meet_lost(struct flood *f, const struct flood_pointer *pointer)
{
	uint32_t block = pointer->look.block;

	(void)f;
	if (heap_state(block) != MARK_NOT_MET || !heap_holds(block, pointer->look.at))
		return;
	heap_set_state(block, MARK_POINTED_AT);
	heap_look_met(&pointer->look);
}

static void meet_in_search(struct flood *f, const struct flood_pointer *pointer)
{
	uint32_t block = pointer->look.block;

	if (heap_state(block) != MARK_POINTED_AT || !heap_holds(block, pointer->look.at) ||
	    !mark_change(block, MARK_POINTED_AT, MARK_SEARCHED))
		return;
	flood_add(f, block);
	heap_look_met(&pointer->look);
}

static void meet_follower(struct flood *f, const struct flood_pointer *pointer)
{
	uint32_t block = pointer->look.block, state = heap_state(block);

	if (state < MARK_POINTED_AT || state > MARK_SEARCHED ||
	    !heap_holds(block, pointer->look.at) || !mark_change(block, state, MARK_INDIRECT))
		return;
	heap.extras[block] = heap.extras[pointer->holder];
	flood_add(f, block);
	heap_look_met(&pointer->look);
}

/* One after the other: a block that two lead to must have the same one in each run. */
static void lead(uint32_t block)
{
	heap_set_state(block, MARK_LEADER);
	heap.extras[block] = block;
	flood_from(block, meet_follower);
}

void lost_sort(void)
{
	uint32_t first = mark_next(0);

	if (first == heap.count)
		return;
	flood_each(MARK_NOT_MET, MARK_POINTED_AT, meet_lost);
	flood_again();
	for (uint32_t i = first; i < heap.count; i = mark_next(i + 1))
		if (heap_state(i) == MARK_NOT_MET)
			lead(i);
	for (uint32_t i = first; i < heap.count; i = mark_next(i + 1))
		if (heap_state(i) == MARK_POINTED_AT) {
			heap_set_state(i, MARK_CANDIDATE);
			flood_from(i, meet_in_search);
		}
	flood_again();
	for (uint32_t i = heap.count; i-- > first;)
		if (heap_state(i) == MARK_CANDIDATE)
			lead(i);
}
