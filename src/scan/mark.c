/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scan/mark.h"

#include <errno.h>

#include "arena.h"
#include "scan/areas.h"
#include "scan/heuristics.h"
#include "scan/lost.h"
#include "scan/roots.h"

#define ROOTS_MOST  ((uint32_t)1 << 20)
#define SMALL_BYTES ((uint64_t)64 << 10)

static struct {
	uint32_t first, last; /* of the blocks whose words are yet to be looked at */
	struct mark_root *roots;
	uint32_t roots_count;
	bool holders;
} mark;

int mark_begin(bool holders)
{
	mark.first = mark.last = HEAP_NONE;
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

/* Breadth first: chains of holders come out short. */
static void append(uint32_t block, enum mark_state state)
{
	heap_set(block, state, HEAP_NONE);
	if (mark.first == HEAP_NONE)
		mark.first = block;
	else
		heap_set(mark.last, heap_state(mark.last), block);
	mark.last = block;
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

/* A pointer to `at` was found; true when it tells something new. */
static bool meet(uintptr_t at, uint32_t *block)
{
	enum mark_state state;

	*block = heap_find_slow(at);
	if (*block == HEAP_NONE)
		return false;
	state = heap_state(*block);
	if (state >= MARK_REACHABLE)
		return false;
	if (at == heap_start(*block) || heuristics_is_start(*block, at)) {
		append(*block, MARK_REACHABLE);
		return true;
	}
	heap_set_state(*block, MARK_MIDDLE_MET);
	return state == MARK_NOT_MET;
}

static void meet_from_root(uintptr_t at, const struct mark_root *root, uintptr_t address)
{
	uint32_t block;

	if (meet(at, &block) && mark.holders)
		heap.extras[block] = note_root(root, address);
}

static bool may_point(uint64_t value)
{
	return unlikely(value - heap.low < heap.bytes);
}

void mark_from_value(uint64_t value, const struct mark_root *root)
{
	if (may_point(value))
		meet_from_root(value, root, 0);
}

void mark_from_memory(uintptr_t from, uintptr_t to)
{
	from = (from + 7) & ~(uintptr_t)7;
	for (; from + 8 <= to; from += 8) {
		uint64_t value = *(const uint64_t *)from;

		if (may_point(value))
			meet_from_root(value, NULL, from);
	}
}

void mark_block(uint32_t block, const struct mark_root *root)
{
	if (heap_state(block) >= MARK_REACHABLE)
		return;
	append(block, MARK_REACHABLE);
	if (mark.holders)
		heap.extras[block] = note_root(root, 0);
}

bool mark_run(uint32_t block, uintptr_t *from, uintptr_t *to)
{
	const struct area *area;

	*to = heap_start(block) + (heap_bytes(block) & ~(uint64_t)7);
	if (*from >= *to)
		return false;
	if (heap_bytes(block) >= SMALL_BYTES)
		return areas_readable(from, to);
	area = areas_find(*from);
	if (area && area->flags & AREA_READ && area->end >= *to)
		return true;
	return areas_readable(from, to);
}

/* The first block of the list leaves it. */
static uint32_t take_first(void)
{
	uint32_t block = mark.first;

	mark.first = heap_link(block);
	return block;
}

/* What comes soon is brought near: most of the time goes into waiting for memory. */
static void fetch(uint32_t block)
{
	if (block == HEAP_NONE)
		return;
	__builtin_prefetch((const void *)heap_start(block));
	if (heap_link(block) != HEAP_NONE)
		__builtin_prefetch(&heap.blocks[heap_link(block)]);
}

static void follow_starts(uint32_t block)
{
	uintptr_t from = heap_start(block), to;

	for (; mark_run(block, &from, &to); from = to)
		for (; from < to; from += 8) {
			uint64_t value = *(const uint64_t *)from;
			uint32_t met;

			if (may_point(value) && meet(value, &met) && mark.holders)
				heap.extras[met] = block;
		}
}

static void meet_any(uintptr_t at, uint32_t holder)
{
	uint32_t block = heap_find_slow(at);

	if (block == HEAP_NONE || heap_state(block) >= MARK_REACHABLE)
		return;
	append(block, MARK_POSSIBLE);
	if (mark.holders)
		heap.extras[block] = holder;
}

static void follow_any(uint32_t block)
{
	uintptr_t from = heap_start(block), to;

	for (; mark_run(block, &from, &to); from = to)
		for (; from < to; from += 8) {
			uint64_t value = *(const uint64_t *)from;

			if (may_point(value))
				meet_any(value, block);
		}
}

static void flood(void (*follow)(uint32_t block))
{
	while (mark.first != HEAP_NONE) {
		uint32_t block = take_first();

		fetch(mark.first);
		follow(block);
	}
}

void mark_all(void)
{
	flood(follow_starts);
	for (uint32_t i = 0; i < heap.count; i++) {
		if (heap_state(i) != MARK_MIDDLE_MET)
			continue;
		append(i, MARK_POSSIBLE);
		flood(follow_any);
	}
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
