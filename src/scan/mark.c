/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scan/mark.h"

#include <errno.h>

#include "arena.h"
#include "scan/crew.h"
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

int mark_begin(bool holders)
{
	flood_begin(holders);
	mark.holders = holders;
	mark.roots_count = 1;
	if (!holders)
		return 0;
	mark.roots = arena_map(ROOTS_MOST * sizeof(*mark.roots));
	return mark.roots ? 0 : -ENOMEM;
}

void mark_end(void)
{
	if (mark.roots)
		arena_unmap(mark.roots, ROOTS_MOST * sizeof(*mark.roots));
	mark.roots = NULL;
}

const struct mark_root *mark_root(uint32_t number)
{
	return &mark.roots[number & ~MARK_IS_ROOT];
}

/* To a state that is raised no more; false when it has been already. */
static inline bool settle(uint32_t block, enum mark_state state)
{
	if (crew_size() > 1)
		return __atomic_exchange_n(&heap.states[block], (uint8_t)state, __ATOMIC_RELAXED) <
		       MARK_REACHABLE;
	heap_set_state(block, state);
	return true;
}

bool mark_change(uint32_t block, enum mark_state from, enum mark_state to)
{
	uint8_t state = (uint8_t)from;

	if (crew_size() > 1)
		return __atomic_compare_exchange_n(&heap.states[block], &state, (uint8_t)to, false,
						   __ATOMIC_RELAXED, __ATOMIC_RELAXED);
	if (heap_state(block) != from)
		return false;
	heap_set_state(block, to);
	return true;
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
	if (!mark.holders)
		return;
	heap.extras[block] = pointer->holder == HEAP_NONE ? note_root(mark.root, pointer->from)
							  : pointer->holder;
}

static void meet_start(struct flood *f, const struct flood_pointer *pointer)
{
	uint32_t block = pointer->look.block;
	uintptr_t at = pointer->look.at;

	if (heap_state(block) >= MARK_REACHABLE || !heap_holds(block, at))
		return;
	if (at == heap_start(block) || heuristics_is_start(block, at)) {
		if (!settle(block, MARK_REACHABLE))
			return;
		flood_add(f, block);
		if (at == heap_start(block))
			heap_look_met(&pointer->look);
	} else if (!mark_change(block, MARK_NOT_MET, MARK_MIDDLE_MET)) {
		return;
	}
	note_holder(block, pointer);
}

/* A block that is reachable is in that state before this is asked. */
static void meet_any(struct flood *f, const struct flood_pointer *pointer)
{
	uint32_t block = pointer->look.block;

	if (heap_state(block) >= MARK_REACHABLE || !heap_holds(block, pointer->look.at) ||
	    !settle(block, MARK_POSSIBLE))
		return;
	flood_add(f, block);
	note_holder(block, pointer);
}

void mark_from_value(uint64_t value, const struct mark_root *root)
{
	mark.root = root;
	flood_from_value(value, meet_start);
	mark.root = NULL;
}

void mark_from_memory(uintptr_t from, uintptr_t to)
{
	flood_from_memory(from, to, meet_start);
}

void mark_block(uint32_t block, const struct mark_root *root)
{
	if (heap_state(block) >= MARK_REACHABLE)
		return;
	heap_set_state(block, MARK_REACHABLE);
	flood_add(flood_first(), block);
	if (mark.holders)
		heap.extras[block] = note_root(root, 0);
}

void mark_all(void)
{
	flood_all(meet_start);
	for (uint32_t i = mark_next(0); i < heap.count; i = mark_next(i + 1))
		if (heap_state(i) == MARK_MIDDLE_MET) {
			heap_set_state(i, MARK_POSSIBLE);
			flood_add(flood_first(), i);
		}
	flood_all(meet_any);
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
