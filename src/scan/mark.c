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
#define PART_BYTES  ((uintptr_t)16 << 10)

/*
 * Nearly all of the time goes into waiting for memory, so nothing is looked at when it is met.  A
 * pointer waits in a ring while its part of the directory is fetched, then while the blocks there
 * are; a block whose words are to be looked at waits while its first words are.
 */
#define RING  32u
#define STAGE 12u
#define READY 16u

struct pointer {
	uintptr_t at;
	uint32_t holder;
};

static struct {
	uint32_t first, last; /* of the blocks whose words are yet to be looked at */
	uint32_t ready[READY];
	uint32_t ready_in, ready_out;
	struct pointer ring[RING];
	uint32_t put, fetched, done; /* positions in the ring, counted for ever */
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

/* Breadth first where holders are wanted: their chains come out short.  Else what is near first. */
static void append(uint32_t block, enum mark_state state)
{
	bool behind = mark.holders && mark.first != HEAP_NONE;

	heap_set(block, state, behind ? HEAP_NONE : mark.first);
	if (behind)
		heap_set(mark.last, heap_state(mark.last), block);
	else
		mark.first = block;
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

/* In parts: the search among the lost comes back for each pointer that it finds. */
static bool large_run(uintptr_t *from, uintptr_t *to, uintptr_t end)
{
	for (uintptr_t part; *from < end; *from = part) {
		part = end - *from > PART_BYTES ? *from + PART_BYTES : end;
		*to = part;
		if (areas_readable(from, to))
			return true;
	}
	return false;
}

bool mark_run(uint32_t block, uintptr_t *from, uintptr_t *to)
{
	uintptr_t end = heap_start(block) + (heap_bytes(block) & ~(uint64_t)7);
	const struct area *area;

	*to = end;
	if (*from >= end)
		return false;
	if (heap_bytes(block) >= SMALL_BYTES)
		return large_run(from, to, end);
	area = areas_find(*from);
	if (area && area->flags & AREA_READ && area->end >= end)
		return true;
	return areas_readable(from, to);
}

/* The next block whose words are to be looked at, or HEAP_NONE. */
static uint32_t take_block(void)
{
	while (mark.ready_in - mark.ready_out < READY && mark.first != HEAP_NONE) {
		uint32_t block = mark.first;

		mark.first = heap_link(block);
		__builtin_prefetch((const void *)heap_start(block));
		mark.ready[mark.ready_in++ % READY] = block;
	}
	if (mark.ready_in == mark.ready_out)
		return HEAP_NONE;
	return mark.ready[mark.ready_out++ % READY];
}

typedef void meet_block(const struct pointer *pointer);

static void meet_start(const struct pointer *pointer)
{
	uint32_t block;

	if (meet(pointer->at, &block) && mark.holders)
		heap.extras[block] = pointer->holder;
}

static void meet_any(const struct pointer *pointer)
{
	uint32_t block = heap_find_slow(pointer->at);

	if (block == HEAP_NONE || heap_state(block) >= MARK_REACHABLE)
		return;
	append(block, MARK_POSSIBLE);
	if (mark.holders)
		heap.extras[block] = pointer->holder;
}

static void put(uintptr_t at, uint32_t holder, meet_block *met)
{
	heap_fetch_directory(at);
	mark.ring[mark.put++ % RING] = (struct pointer){ at, holder };
	if (mark.put - mark.fetched > STAGE)
		heap_fetch_blocks(mark.ring[mark.fetched++ % RING].at);
	if (mark.put - mark.done > 2 * STAGE)
		met(&mark.ring[mark.done++ % RING]);
}

static bool empty_ring(meet_block *met)
{
	bool any = mark.done != mark.put;

	while (mark.done != mark.put)
		met(&mark.ring[mark.done++ % RING]);
	mark.fetched = mark.put;
	return any;
}

static void follow(uint32_t block, meet_block *met)
{
	uintptr_t from = heap_start(block), to;

	for (; mark_run(block, &from, &to); from = to)
		for (; from < to; from += 8) {
			uint64_t value = *(const uint64_t *)from;

			if (may_point(value))
				put(value, block, met);
		}
}

static void flood(meet_block *met)
{
	do {
		uint32_t block;

		while ((block = take_block()) != HEAP_NONE)
			follow(block, met);
	} while (empty_ring(met));
}

void mark_all(void)
{
	flood(meet_start);
	for (uint32_t i = 0; i < heap.count; i++) {
		if (heap_state(i) != MARK_MIDDLE_MET)
			continue;
		append(i, MARK_POSSIBLE);
		flood(meet_any);
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
