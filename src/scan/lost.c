/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scan/lost.h"

#include "scan/mark.h"

/*
 * The next pointer, from word `*word` of the block on, to a block in this state; HEAP_NONE at the
 * end.  `*word` then is the one behind it.
 */
static uint32_t next_in_state(uint32_t block, uint32_t *word, enum mark_state state)
{
	uintptr_t start = heap_start(block), from = start + 8 * (uintptr_t)*word, to;

	for (; mark_run(block, &from, &to); from = to)
		for (; from < to; from += 8) {
			uint32_t found = heap_find(*(const uint64_t *)from);

			if (found == HEAP_NONE || heap_state(found) != state)
				continue;
			*word = (uint32_t)((from - start) / 8 + 1);
			return found;
		}
	return HEAP_NONE;
}

/*
 * First search, from one block: links lead back on the path and then to the block done before;
 * extras hold the word where to go on.
 */
static uint32_t search(uint32_t first, uint32_t done_last)
{
	uint32_t block = first, found, back;

	heap_set(first, MARK_ON_PATH, HEAP_NONE);
	heap.extras[first] = 0;
	while (block != HEAP_NONE) {
		found = next_in_state(block, &heap.extras[block], MARK_NOT_MET);
		if (found != HEAP_NONE) {
			heap_set(found, MARK_ON_PATH, block);
			heap.extras[found] = 0;
			block = found;
			continue;
		}
		back = heap_link(block);
		heap_set(block, MARK_DONE, done_last);
		done_last = block;
		block = back;
	}
	return done_last;
}

/* Second search: all that the leader leads to follows it.  The list lies in the extras. */
static void claim(uint32_t leader)
{
	uint32_t block = leader, next = HEAP_NONE, found;

	heap_set_state(leader, MARK_LEADER);
	while (block != HEAP_NONE) {
		uint32_t word = 0;

		while ((found = next_in_state(block, &word, MARK_DONE)) != HEAP_NONE) {
			heap_set_state(found, MARK_INDIRECT);
			heap.extras[found] = next;
			next = found;
		}
		heap.extras[block] = leader;
		block = next;
		if (block != HEAP_NONE)
			next = heap.extras[block];
	}
}

void lost_sort(void)
{
	uint32_t last = HEAP_NONE;

	for (uint32_t i = 0; i < heap.count; i++)
		if (heap_state(i) == MARK_NOT_MET)
			last = search(i, last);
	for (; last != HEAP_NONE; last = heap_link(last))
		if (heap_state(last) == MARK_DONE)
			claim(last);
}
