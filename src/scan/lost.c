/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scan/lost.h"

#include "scan/mark.h"

#define AHEAD 12u

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
 * The order of the searches is laid down, so a pointer cannot wait while others are looked at; but
 * what the first few of a block lead to is fetched together.
 */
static void fetch_ahead(uint32_t block)
{
	uintptr_t from = heap_start(block), to;
	struct heap_look looks[AHEAD];
	uint32_t count = 0;

	if (!mark_run(block, &from, &to))
		return;
	for (; from < to && count < AHEAD; from += 8) {
		uintptr_t at = *(const uint64_t *)from;

		if (at - heap.low >= heap.bytes)
			continue;
		looks[count].at = at;
		heap_look_begin(&looks[count++]);
		__builtin_prefetch((const void *)at);
	}
	for (uint32_t i = 0; i < count; i++)
		heap_look_fetch(&looks[i]);
	for (uint32_t i = 0; i < count; i++)
		heap_look_find(&looks[i]);
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
	fetch_ahead(first);
	while (block != HEAP_NONE) {
		found = next_in_state(block, &heap.extras[block], MARK_NOT_MET);
		if (found != HEAP_NONE) {
			heap_set(found, MARK_ON_PATH, block);
			heap.extras[found] = 0;
			fetch_ahead(found);
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

		fetch_ahead(block);
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
