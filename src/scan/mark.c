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
 * pointer goes through a ring in steps, each of which fetches what the next one reads; so does a
 * block whose words are to be looked at.
 */
#define RING  64u
#define STAGE 14u
#define READY 32u
#define LINE  ((uintptr_t)64)
#define LINES 4u

struct pointer {
	struct heap_look look;
	uint32_t holder; /* the block it stands in, if it is no root */
	bool is_root;
	uintptr_t from;		      /* where a root stands, 0 = not in memory */
	const struct mark_root *root; /* NULL: to be described, if it is wanted */
};

typedef void meet_pointer(const struct pointer *pointer);

static struct {
	uint32_t listed, taken; /* of the blocks whose words are yet to be looked at */
	uint32_t ready[READY];
	uint32_t ready_in, ready_fetched, ready_out;
	struct pointer ring[RING];
	uint32_t put, fetched, found, done; /* positions in the ring, counted for ever */
	struct mark_root *roots;
	uint32_t roots_count;
	bool holders;
} mark;

int mark_begin(bool holders)
{
	mark.listed = mark.taken = 0;
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

/* The list has room for each block once. */
static void append(uint32_t block, enum mark_state state)
{
	heap_set_state(block, state);
	heap.links[mark.listed++] = block;
}

/* Breadth first where holders are wanted: their chains come out short.  Else what is near first. */
static uint32_t take(void)
{
	if (mark.listed == mark.taken)
		return HEAP_NONE;
	return heap.links[mark.holders ? mark.taken++ : --mark.listed];
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

static void note_holder(uint32_t block, const struct pointer *pointer)
{
	if (!mark.holders)
		return;
	heap.extras[block] = pointer->is_root ? note_root(pointer->root, pointer->from)
					      : pointer->holder;
}

static void meet_start(const struct pointer *pointer)
{
	uint32_t block = pointer->look.block;
	uintptr_t at = pointer->look.at;

	if (heap_state(block) >= MARK_REACHABLE || !heap_holds(block, at))
		return;
	if (at == heap_start(block)) {
		append(block, MARK_REACHABLE);
		heap_look_met(&pointer->look);
	} else if (heuristics_is_start(block, at)) {
		append(block, MARK_REACHABLE);
	} else if (heap_state(block) == MARK_NOT_MET) {
		heap_set_state(block, MARK_MIDDLE_MET);
	} else {
		return;
	}
	note_holder(block, pointer);
}

static void meet_any(const struct pointer *pointer)
{
	uint32_t block = pointer->look.block;

	if (heap_state(block) >= MARK_REACHABLE || !heap_holds(block, pointer->look.at))
		return;
	append(block, MARK_POSSIBLE);
	note_holder(block, pointer);
}

static bool may_point(uint64_t value)
{
	return unlikely(value - heap.low < heap.bytes);
}

static void find_next(void)
{
	heap_look_find(&mark.ring[mark.found++ % RING].look);
}

static void meet_next(meet_pointer *meet)
{
	const struct pointer *pointer = &mark.ring[mark.done++ % RING];

	if (pointer->look.block != HEAP_NONE)
		meet(pointer);
}

/* The next place in the ring, to be filled in; then put() lets all that are in it take a step. */
static inline struct pointer *place(uintptr_t at)
{
	struct pointer *pointer = &mark.ring[mark.put % RING];

	pointer->look.at = at;
	return pointer;
}

static inline void put(meet_pointer *meet)
{
	heap_look_begin(&mark.ring[mark.put++ % RING].look);
	if (mark.put - mark.fetched > STAGE)
		heap_look_fetch(&mark.ring[mark.fetched++ % RING].look);
	if (mark.put - mark.found > 2 * STAGE)
		find_next();
	if (mark.put - mark.done > 3 * STAGE)
		meet_next(meet);
}

static inline void put_root(uintptr_t at, uintptr_t from, const struct mark_root *root)
{
	struct pointer *pointer = place(at);

	pointer->is_root = true;
	pointer->from = from;
	pointer->root = root;
	put(meet_start);
}

static inline void put_inner(uintptr_t at, uint32_t holder, meet_pointer *meet)
{
	struct pointer *pointer = place(at);

	pointer->is_root = false;
	pointer->holder = holder;
	put(meet);
}

static bool empty_ring(meet_pointer *meet)
{
	bool any = mark.done != mark.put;

	while (mark.found != mark.put)
		find_next();
	while (mark.done != mark.put)
		meet_next(meet);
	mark.fetched = mark.put;
	return any;
}

void mark_from_value(uint64_t value, const struct mark_root *root)
{
	if (may_point(value))
		put_root(value, 0, root);
	empty_ring(meet_start);
}

void mark_from_memory(uintptr_t from, uintptr_t to)
{
	from = (from + 7) & ~(uintptr_t)7;
	for (; from + 8 <= to; from += 8) {
		uint64_t value = *(const uint64_t *)from;

		if (may_point(value))
			put_root(value, from, NULL);
	}
	empty_ring(meet_start);
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

/* What is longer the processor reads ahead by itself. */
static void fetch_words(uint32_t block)
{
	uintptr_t start = heap_start(block), end = start + heap_bytes(block);

	for (unsigned i = 0; i < LINES && start < end; i++, start = (start | (LINE - 1)) + 1)
		__builtin_prefetch((const void *)start);
}

/* The next block whose words are to be looked at, or HEAP_NONE. */
static uint32_t take_block(void)
{
	uint32_t block;

	while (mark.ready_in - mark.ready_out < READY && (block = take()) != HEAP_NONE) {
		__builtin_prefetch(&heap.blocks[block]);
		mark.ready[mark.ready_in++ % READY] = block;
	}
	while (mark.ready_fetched != mark.ready_in &&
	       mark.ready_fetched - mark.ready_out < READY / 2)
		fetch_words(mark.ready[mark.ready_fetched++ % READY]);
	if (mark.ready_in == mark.ready_out)
		return HEAP_NONE;
	return mark.ready[mark.ready_out++ % READY];
}

static void follow(uint32_t block, meet_pointer *meet)
{
	uintptr_t from = heap_start(block), to;

	for (; mark_run(block, &from, &to); from = to)
		for (; from < to; from += 8) {
			uint64_t value = *(const uint64_t *)from;

			if (may_point(value))
				put_inner(value, block, meet);
		}
}

static void flood(meet_pointer *meet)
{
	do {
		uint32_t block;

		while ((block = take_block()) != HEAP_NONE)
			follow(block, meet);
	} while (empty_ring(meet));
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
