/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scan/mark.h"

#include <errno.h>

#include "arena.h"
#include "scan/areas.h"
#include "scan/crew.h"
#include "scan/heuristics.h"
#include "scan/lost.h"
#include "scan/roots.h"

#define ROOTS_MOST  ((uint32_t)1 << 20)
#define SMALL_BYTES ((uint64_t)64 << 10)
#define PART_BYTES  ((uintptr_t)16 << 10)

/*
 * What was met a moment ago is mostly met again: some addresses are remembered.
 */
#define RECENT 1024u

/*
 * Nearly all of the time goes into waiting for memory, so nothing is looked at when it is met.  A
 * pointer goes through a ring in steps, each of which fetches what the next one reads; so does a
 * block whose words are to be looked at.
 */
#define RING  64u
#define STAGE 14u
#define STEPS 3u
#define READY 32u
#define LINE  ((uintptr_t)64)
#define LINES 4u

#define GIFT_MOST  256u
#define GIFT_LEAST 16u

struct pointer {
	struct heap_look look;
	uint32_t holder; /* the block it stands in, or HEAP_NONE: it is a root */
	uintptr_t from;	 /* where a root stands, 0 = not in memory */
};

/* What one of those at work has for itself. */
struct marker {
	uint32_t number;
	uint32_t listed, taken; /* of the blocks whose words are yet to be looked at */
	uint32_t ready[READY];
	uint32_t ready_in, ready_fetched, ready_out;
	struct pointer ring[RING];
	uint32_t put; /* position in the ring, counted for ever */
	uintptr_t recent[RECENT];
} __attribute__((aligned(64)));

typedef void meet_pointer(struct marker *m, const struct pointer *pointer);

static struct {
	struct marker markers[CREW_MOST];
	meet_pointer *meet;
	const struct mark_root *root; /* of the pointers in the ring; NULL: to be described */
	struct mark_root *roots;
	uint32_t roots_count;
	bool holders;
} mark;

/* From one that has much to do to the other one, which has nothing. */
enum gift_state { GIFT_NONE, GIFT_TAKEN, GIFT_THERE };

static struct {
	uint32_t idle __attribute__((aligned(64)));
	uint32_t state; /* enum gift_state */
	uint32_t count;
	uint32_t blocks[GIFT_MOST];
} gift;

/* No pointer is underway, none was met. */
static void forget(struct marker *m)
{
	for (uint32_t i = 0; i < RECENT; i++)
		m->recent[i] = 0;
	for (uint32_t i = 0; i < RING; i++)
		m->ring[i].look = (struct heap_look){ heap.low - 1, &heap_nowhere, HEAP_NONE };
}

int mark_begin(bool holders)
{
	for (uint32_t i = 0; i < CREW_MOST; i++) {
		struct marker *m = &mark.markers[i];

		m->number = i;
		m->listed = m->taken = m->put = 0;
		m->ready_in = m->ready_fetched = m->ready_out = 0;
		forget(m);
	}
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

/*
 * The lists of blocks yet to be looked at: the first one grows from the lower end of the links, the
 * other from the upper one.  There is room for each block once.
 */
static inline uint32_t *item(const struct marker *m, uint32_t i)
{
	return &heap.links[m->number ? heap.count - 1 - i : i];
}

static inline void append(struct marker *m, uint32_t block)
{
	*item(m, m->listed++) = block;
}

/* Breadth first where holders are wanted: their chains come out short.  Else what is near first. */
static inline uint32_t take(struct marker *m)
{
	if (m->listed == m->taken)
		return HEAP_NONE;
	return *item(m, mark.holders ? m->taken++ : --m->listed);
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

/* False when more is known. */
static bool settle_middle(uint32_t block)
{
	uint8_t state = MARK_NOT_MET;

	return __atomic_compare_exchange_n(&heap.states[block], &state, MARK_MIDDLE_MET, false,
					   __ATOMIC_RELAXED, __ATOMIC_RELAXED);
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
	heap.extras[block] = pointer->holder == HEAP_NONE ? note_root(mark.root, pointer->from)
							  : pointer->holder;
}

static void meet_start(struct marker *m, const struct pointer *pointer)
{
	uint32_t block = pointer->look.block;
	uintptr_t at = pointer->look.at;

	if (heap_state(block) >= MARK_REACHABLE || !heap_holds(block, at))
		return;
	if (at == heap_start(block) || heuristics_is_start(block, at)) {
		if (!settle(block, MARK_REACHABLE))
			return;
		append(m, block);
		if (at == heap_start(block))
			heap_look_met(&pointer->look);
	} else if (!settle_middle(block)) {
		return;
	}
	note_holder(block, pointer);
}

/* A block that is reachable is in that state before this is asked. */
static void meet_any(struct marker *m, const struct pointer *pointer)
{
	uint32_t block = pointer->look.block;

	if (heap_state(block) >= MARK_REACHABLE || !heap_holds(block, pointer->look.at) ||
	    !settle(block, MARK_POSSIBLE))
		return;
	append(m, block);
	note_holder(block, pointer);
}

static bool may_point(uint64_t value)
{
	return unlikely(value - heap.low < heap.bytes);
}

/* Each pointer in the ring takes a step. */
static inline void step(struct marker *m, meet_pointer *meet)
{
	uint32_t at = m->put++;
	const struct pointer *last = &m->ring[(at - STEPS * STAGE) % RING];

	heap_look_begin(&m->ring[at % RING].look);
	heap_look_fetch(&m->ring[(at - STAGE) % RING].look);
	heap_look_find(&m->ring[(at - 2 * STAGE) % RING].look);
	if (last->look.block != HEAP_NONE)
		meet(m, last);
}

/* False when this one is underway already, or done with. */
static inline bool is_new(struct marker *m, uintptr_t at)
{
	uintptr_t *recent = &m->recent[at >> 4 & (RECENT - 1)];

	if (*recent == at)
		return false;
	*recent = at;
	return true;
}

static inline void put(struct marker *m, uintptr_t at, uint32_t holder, uintptr_t from,
		       meet_pointer *meet)
{
	struct pointer *pointer = &m->ring[m->put % RING];

	if (!is_new(m, at))
		return;
	pointer->look.at = at;
	pointer->holder = holder;
	pointer->from = from;
	step(m, meet);
}

static void empty_ring(struct marker *m, meet_pointer *meet)
{
	for (uint32_t i = 0; i < STEPS * STAGE; i++) {
		m->ring[m->put % RING].look.at = heap.low - 1;
		step(m, meet);
	}
}

void mark_from_value(uint64_t value, const struct mark_root *root)
{
	mark.root = root;
	if (may_point(value))
		put(&mark.markers[0], value, HEAP_NONE, 0, meet_start);
	empty_ring(&mark.markers[0], meet_start);
	mark.root = NULL;
}

void mark_from_memory(uintptr_t from, uintptr_t to)
{
	from = (from + 7) & ~(uintptr_t)7;
	for (; from + 8 <= to; from += 8) {
		uint64_t value = *(const uint64_t *)from;

		if (may_point(value))
			put(&mark.markers[0], value, HEAP_NONE, from, meet_start);
	}
	empty_ring(&mark.markers[0], meet_start);
}

void mark_block(uint32_t block, const struct mark_root *root)
{
	if (heap_state(block) >= MARK_REACHABLE)
		return;
	heap_set_state(block, MARK_REACHABLE);
	append(&mark.markers[0], block);
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
static uint32_t take_block(struct marker *m)
{
	uint32_t block;

	while (m->ready_in - m->ready_out < READY && (block = take(m)) != HEAP_NONE) {
		__builtin_prefetch(&heap.blocks[block]);
		m->ready[m->ready_in++ % READY] = block;
	}
	while (m->ready_fetched != m->ready_in && m->ready_fetched - m->ready_out < READY / 2)
		fetch_words(m->ready[m->ready_fetched++ % READY]);
	if (m->ready_in == m->ready_out)
		return HEAP_NONE;
	return m->ready[m->ready_out++ % READY];
}

static void follow(struct marker *m, uint32_t block, meet_pointer *meet)
{
	uintptr_t from = heap_start(block), to;

	for (; mark_run(block, &from, &to); from = to)
		for (uintptr_t at = from; at < to; at += 8) {
			uint64_t value = *(const uint64_t *)at;

			if (may_point(value))
				put(m, value, block, 0, meet);
		}
}

/* Half of the list for the other one, if it waits. */
static void share(struct marker *m)
{
	uint32_t count = (m->listed - m->taken) / 2;

	if (count < GIFT_LEAST || __atomic_load_n(&gift.state, __ATOMIC_ACQUIRE) != GIFT_NONE)
		return;
	/* The other one gives nothing, for it is idle. */
	gift.count = count < GIFT_MOST ? count : GIFT_MOST;
	for (uint32_t i = 0; i < gift.count; i++)
		gift.blocks[i] = take(m);
	__atomic_store_n(&gift.state, GIFT_THERE, __ATOMIC_RELEASE);
}

static bool take_gift(struct marker *m)
{
	uint32_t state = GIFT_THERE;

	if (!__atomic_compare_exchange_n(&gift.state, &state, GIFT_TAKEN, false, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED))
		return false;
	__atomic_fetch_sub(&gift.idle, 1, __ATOMIC_RELAXED);
	for (uint32_t i = 0; i < gift.count; i++)
		append(m, gift.blocks[i]);
	__atomic_store_n(&gift.state, GIFT_NONE, __ATOMIC_RELEASE);
	return true;
}

static bool all_are_idle(void)
{
	return __atomic_load_n(&gift.idle, __ATOMIC_SEQ_CST) == crew_size();
}

/* More to do, from the other one; false when neither has any. */
static bool receive(struct marker *m)
{
	uint32_t round = 0;

	__atomic_fetch_add(&gift.idle, 1, __ATOMIC_SEQ_CST);
	while (!take_gift(m)) {
		/* Who takes a gift is idle no more before the gift is gone: hence twice. */
		if (all_are_idle() && __atomic_load_n(&gift.state, __ATOMIC_SEQ_CST) == GIFT_NONE &&
		    all_are_idle())
			return false;
		crew_pause(&round);
	}
	return true;
}

static void flood(struct marker *m, meet_pointer *meet)
{
	do {
		uint32_t block;

		while ((block = take_block(m)) != HEAP_NONE) {
			follow(m, block, meet);
			if (unlikely(__atomic_load_n(&gift.idle, __ATOMIC_RELAXED)))
				share(m);
		}
		empty_ring(m, meet);
	} while (m->listed != m->taken || receive(m));
}

static void flood_part(uint32_t number)
{
	forget(&mark.markers[number]);
	flood(&mark.markers[number], mark.meet);
}

static void flood_all(meet_pointer *meet)
{
	mark.meet = meet;
	gift.idle = 0;
	crew_run(flood_part);
}

void mark_all(void)
{
	flood_all(meet_start);
	for (uint32_t i = 0; i < heap.count; i++)
		if (heap_state(i) == MARK_MIDDLE_MET) {
			heap_set_state(i, MARK_POSSIBLE);
			append(&mark.markers[0], i);
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
