/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scan/flood.h"

#include "scan/areas.h"
#include "scan/crew.h"

#define SMALL_BYTES ((uint64_t)64 << 10)
#define PART_BYTES  ((uintptr_t)16 << 10)

/*
 * What was met a moment ago is mostly met again: some addresses are remembered.
 */
#define RECENT 1024u

#define RING  64u
#define STAGE 14u
#define STEPS 3u
#define READY 32u
#define LINE  ((uintptr_t)64)
#define LINES 4u

#define GIFT_MOST  256u
#define GIFT_LEAST 16u
#define FOR_TWO	   4096u /* blocks to look at that are worth waking the other one */

struct flood {
	uint32_t number;
	uint32_t listed, taken; /* of the blocks whose words are yet to be looked at */
	uint32_t ready[READY];
	uint32_t ready_in, ready_fetched, ready_out;
	struct flood_pointer ring[RING];
	uint32_t put; /* position in the ring, counted for ever */
	uintptr_t recent[RECENT];
} __attribute__((aligned(64)));

static struct {
	struct flood each[CREW_MOST];
	flood_meet *meet;
	uint32_t least, most; /* see flood_each */
	bool breadth_first;
} floods;

/* From one that has much to do to the other one, which has nothing. */
enum gift_state { GIFT_NONE, GIFT_TAKEN, GIFT_THERE };

static struct {
	uint32_t idle __attribute__((aligned(64)));
	uint32_t state; /* enum gift_state */
	uint32_t count;
	uint32_t blocks[GIFT_MOST];
} gift;

/* No pointer is underway, none was met. */
static void forget(struct flood *f)
{
	for (uint32_t i = 0; i < RECENT; i++)
		f->recent[i] = 0;
	for (uint32_t i = 0; i < RING; i++)
		f->ring[i].look = (struct heap_look){ heap.low - 1, &heap_nowhere, HEAP_NONE };
}

void flood_again(void)
{
	heap_forget_met();
	forget(&floods.each[0]);
}

void flood_begin(bool breadth_first)
{
	for (uint32_t i = 0; i < CREW_MOST; i++) {
		struct flood *f = &floods.each[i];

		f->number = i;
		f->listed = f->taken = f->put = 0;
		f->ready_in = f->ready_fetched = f->ready_out = 0;
		forget(f);
	}
	floods.breadth_first = breadth_first;
}

struct flood *flood_first(void)
{
	return &floods.each[0];
}

/*
 * The lists of blocks yet to be looked at: the first one grows from the lower end of the links, the
 * other from the upper one.  There is room for each block once.
 */
static inline uint32_t *item(const struct flood *f, uint32_t i)
{
	return &heap.links[f->number ? heap.count - 1 - i : i];
}

void flood_add(struct flood *f, uint32_t block)
{
	*item(f, f->listed++) = block;
}

/* Breadth first where holders are wanted: their chains come out short.  Else what is near first. */
static inline uint32_t take(struct flood *f)
{
	if (f->listed == f->taken)
		return HEAP_NONE;
	return *item(f, floods.breadth_first ? f->taken++ : --f->listed);
}

static bool may_point(uint64_t value)
{
	return unlikely(value - heap.low < heap.bytes);
}

/* Each pointer in the ring takes a step. */
static inline void step(struct flood *f, flood_meet *meet)
{
	uint32_t at = f->put++;
	const struct flood_pointer *last = &f->ring[(at - STEPS * STAGE) % RING];

	heap_look_begin(&f->ring[at % RING].look);
	heap_look_fetch(&f->ring[(at - STAGE) % RING].look);
	heap_look_find(&f->ring[(at - 2 * STAGE) % RING].look);
	if (last->look.block != HEAP_NONE)
		meet(f, last);
}

/* False when this one is underway already, or done with. */
static inline bool is_new(struct flood *f, uintptr_t at)
{
	uintptr_t *recent = &f->recent[at >> 4 & (RECENT - 1)];

	if (*recent == at)
		return false;
	*recent = at;
	return true;
}

static inline void put(struct flood *f, uintptr_t at, uint32_t holder, uintptr_t from,
		       flood_meet *meet)
{
	struct flood_pointer *pointer = &f->ring[f->put % RING];

	if (!is_new(f, at))
		return;
	pointer->look.at = at;
	pointer->holder = holder;
	pointer->from = from;
	step(f, meet);
}

static void empty_ring(struct flood *f, flood_meet *meet)
{
	for (uint32_t i = 0; i < STEPS * STAGE; i++) {
		f->ring[f->put % RING].look.at = heap.low - 1;
		step(f, meet);
	}
}

void flood_from_value(uint64_t value, flood_meet *meet)
{
	if (may_point(value))
		put(&floods.each[0], value, HEAP_NONE, 0, meet);
	empty_ring(&floods.each[0], meet);
}

void flood_from_memory(uintptr_t from, uintptr_t to, flood_meet *meet)
{
	from = (from + 7) & ~(uintptr_t)7;
	for (; from + 8 <= to; from += 8) {
		uint64_t value = *(const uint64_t *)from;

		if (may_point(value))
			put(&floods.each[0], value, HEAP_NONE, from, meet);
	}
	empty_ring(&floods.each[0], meet);
}

/* In parts, so that little is asked for in vain. */
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

bool flood_run(uint32_t block, uintptr_t *from, uintptr_t *to)
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
static uint32_t take_block(struct flood *f)
{
	uint32_t block;

	while (f->ready_in - f->ready_out < READY && (block = take(f)) != HEAP_NONE) {
		__builtin_prefetch(&heap.blocks[block]);
		f->ready[f->ready_in++ % READY] = block;
	}
	while (f->ready_fetched != f->ready_in && f->ready_fetched - f->ready_out < READY / 2)
		fetch_words(f->ready[f->ready_fetched++ % READY]);
	if (f->ready_in == f->ready_out)
		return HEAP_NONE;
	return f->ready[f->ready_out++ % READY];
}

static void follow(struct flood *f, uint32_t block, flood_meet *meet)
{
	uintptr_t from = heap_start(block), to;

	for (; flood_run(block, &from, &to); from = to)
		for (uintptr_t at = from; at < to; at += 8) {
			uint64_t value = *(const uint64_t *)at;

			if (may_point(value))
				put(f, value, block, 0, meet);
		}
}

/* Half of the list for the other one, if it waits. */
static void share(struct flood *f)
{
	uint32_t count = (f->listed - f->taken) / 2;

	if (count < GIFT_LEAST || __atomic_load_n(&gift.state, __ATOMIC_ACQUIRE) != GIFT_NONE)
		return;
	/* The other one gives nothing, for it is idle. */
	gift.count = count < GIFT_MOST ? count : GIFT_MOST;
	for (uint32_t i = 0; i < gift.count; i++)
		gift.blocks[i] = take(f);
	__atomic_store_n(&gift.state, GIFT_THERE, __ATOMIC_RELEASE);
}

static bool take_gift(struct flood *f)
{
	uint32_t state = GIFT_THERE;

	if (!__atomic_compare_exchange_n(&gift.state, &state, GIFT_TAKEN, false, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED))
		return false;
	__atomic_fetch_sub(&gift.idle, 1, __ATOMIC_RELAXED);
	for (uint32_t i = 0; i < gift.count; i++)
		flood_add(f, gift.blocks[i]);
	__atomic_store_n(&gift.state, GIFT_NONE, __ATOMIC_RELEASE);
	return true;
}

static bool all_are_idle(void)
{
	return __atomic_load_n(&gift.idle, __ATOMIC_SEQ_CST) == crew_size();
}

/* More to do, from the other one; false when neither has any. */
static bool receive(struct flood *f)
{
	uint32_t round = 0;

	__atomic_fetch_add(&gift.idle, 1, __ATOMIC_SEQ_CST);
	while (!take_gift(f)) {
		/* Who takes a gift is idle no more before the gift is gone: hence twice. */
		if (all_are_idle() && __atomic_load_n(&gift.state, __ATOMIC_SEQ_CST) == GIFT_NONE &&
		    all_are_idle())
			return false;
		crew_pause(&round);
	}
	return true;
}

static void flood(struct flood *f, flood_meet *meet)
{
	do {
		uint32_t block;

		while ((block = take_block(f)) != HEAP_NONE) {
			follow(f, block, meet);
			if (unlikely(__atomic_load_n(&gift.idle, __ATOMIC_RELAXED)))
				share(f);
		}
		empty_ring(f, meet);
	} while (f->listed != f->taken || receive(f));
}

static void flood_part(uint32_t number)
{
	forget(&floods.each[number]);
	flood(&floods.each[number], floods.meet);
}

void flood_all(flood_meet *meet)
{
	floods.meet = meet;
	gift.idle = 0;
	crew_run(flood_part);
}

/* Mostly it leads to little, and waking the other one would be in vain. */
void flood_from(uint32_t block, flood_meet *meet)
{
	struct flood *f = &floods.each[0];
	uint32_t put_before = f->put;

	flood_add(f, block);
	do {
		while (f->listed - f->taken < FOR_TWO && (block = take_block(f)) != HEAP_NONE)
			follow(f, block, meet);
		if (f->put != put_before)
			empty_ring(f, meet);
		if (f->listed - f->taken >= FOR_TWO)
			flood_all(meet);
	} while (f->listed != f->taken || f->ready_in != f->ready_out);
}

/* Like follow, but for pointers of the block into itself. */
static void follow_to_others(struct flood *f, uint32_t block, flood_meet *meet)
{
	uintptr_t start = heap_start(block), from = start, to;
	uint64_t bytes = heap_bytes(block);

	for (; flood_run(block, &from, &to); from = to)
		for (uintptr_t at = from; at < to; at += 8) {
			uint64_t value = *(const uint64_t *)at;

			if (may_point(value) && value - start >= bytes)
				put(f, value, block, 0, meet);
		}
}

static void look_at_part(uint32_t number)
{
	struct flood *f = &floods.each[number];
	uint32_t from = (uint32_t)((uint64_t)heap.count * number / crew_size());
	uint32_t to = (uint32_t)((uint64_t)heap.count * (number + 1) / crew_size());

	forget(f);
	for (uint32_t i = from; i < to; i++)
		if (heap_state(i) >= floods.least && heap_state(i) <= floods.most)
			follow_to_others(f, i, floods.meet);
	empty_ring(f, floods.meet);
}

void flood_each(uint32_t least, uint32_t most, flood_meet *meet)
{
	floods.least = least;
	floods.most = most;
	floods.meet = meet;
	crew_run(look_at_part);
}
