/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scan/mark.h"

#include <errno.h>

#include "arena.h"
#include "scan/flood.h"
#include "scan/heuristics.h"
#include "scan/lost.h"
#include "scan/roots.h"

#define ROOTS_MOST ((uint32_t)1 << 20)

static struct {
	const struct mark_root *root; /* of the pointer underway; NULL: to be described */
	struct mark_root *roots;
	uint32_t roots_count;
	bool holders;
} mark;

const struct mark_root *mark_root(uint32_t number)
{
	return &mark.roots[number & ~MARK_IS_ROOT];
}

/* A root that is given, or a word of memory. */
static uint32_t note_root(const struct mark_root *root, uintptr_t address)
{
	if (mark.roots_count == ROOTS_MOST)
		return MARK_IS_ROOT;
	if (root)
		mark.roots[mark.roots_count] = *root;
	else
		roots_describe(address, &mark.roots[mark.roots_count]);
	return mark.roots_count++ | MARK_IS_ROOT;
}

static void note_holder(uint32_t block, const struct flood_pointer *pointer)
{
	heap.extras[block] = pointer->holder == HEAP_NONE ? note_root(mark.root, pointer->from)
							  : pointer->holder;
}

/* A block whose middle alone is met is noted for later. */
static bool is_start(uint32_t block, const struct flood_pointer *pointer)
{
	uint8_t state = MARK_NOT_MET;

	if (heuristics_is_start(block, pointer->at))
		return true;
	if (__atomic_compare_exchange_n(&heap.states[block], &state, MARK_MIDDLE_MET, false,
					__ATOMIC_RELAXED, __ATOMIC_RELAXED) &&
	    mark.holders)
		note_holder(block, pointer);
	return false;
}

static void search(uint8_t to, bool middles)
{
	const struct flood_search search = {
		.least = MARK_NOT_MET,
		.most = MARK_REACHABLE - 1,
		.to = to,
		.leader = HEAP_NONE,
		.middles = middles,
		.is_start = is_start,
		.note = mark.holders ? note_holder : NULL,
	};

	flood_search(&search);
}

int mark_begin(bool holders)
{
	mark.holders = holders;
	mark.roots_count = 1;
	if (holders)
		mark.roots = arena_map(ROOTS_MOST * sizeof(*mark.roots));
	search(MARK_REACHABLE, false);
	return holders && !mark.roots ? -ENOMEM : flood_begin(holders);
}

void mark_end(void)
{
	flood_end();
	if (mark.roots)
		arena_unmap(mark.roots, ROOTS_MOST * sizeof(*mark.roots));
	mark.roots = NULL;
}

void mark_from_value(uint64_t value, const struct mark_root *root)
{
	mark.root = root;
	flood_from_value(value);
	mark.root = NULL;
}

void mark_from_memory(uintptr_t from, uintptr_t to)
{
	flood_from_memory(from, to);
}

void mark_block(uint32_t block, const struct mark_root *root)
{
	if (heap_state(block) < MARK_REACHABLE && flood_add(block) && mark.holders)
		heap.extras[block] = note_root(root, 0);
}

bool mark_reach(void)
{
	flood_all();
	return mark_next(0) == heap.count;
}

void mark_all(void)
{
	if (mark_reach())
		return;
	search(MARK_POSSIBLE, true);
	for (uint32_t i = mark_next(0); i < heap.count; i = mark_next(i + 1))
		if (heap_state(i) == MARK_MIDDLE_MET)
			flood_add(i);
	flood_all();
	lost_sort();
}

enum tide_leak_class mark_class(uint32_t block)
{
	switch (heap_state(block)) {
	case MARK_REACHABLE:
		return TIDE_LEAK_REACHABLE;
	case MARK_POSSIBLE:
		return TIDE_LEAK_POSSIBLE;
	case MARK_INDIRECT:
		return TIDE_LEAK_INDIRECT;
	default:
		return TIDE_LEAK_DEFINITE;
	}
}
