/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scan/flood.h"

#include "scan/areas.h"
#include "scan/crew.h"
#include "scan/pending.h"

#define SMALL_BYTES ((uint64_t)64 << 10)
#define PART_BYTES  ((uintptr_t)16 << 10)

/*
 * What was met a moment ago is mostly met again: some addresses are remembered.
 */
#define RECENT 1024u

#define RING	16u
#define LINE	((uintptr_t)64)
#define PENDING 0x80u /* of a state, where there is no line: the words are to be looked at */
#define AHEAD	2u    /* pages */
#define FOR_TWO 64u   /* groups gone through that are worth waking the other one */
#define ALL	(~(uint64_t)0)

/* What one of those at work has for itself. */
struct flood {
	struct pending_lift lift;
	uintptr_t low, high; /* can be read */
	uintptr_t here;	     /* start of the group that is gone through, or 0 */
	struct heap_group *group;
	uint32_t put, taken; /* of the ring, counted for ever */
	struct flood_pointer ring[RING];
	uintptr_t recent[RECENT];
} __attribute__((aligned(64)));

static struct {
	struct flood each[CREW_MOST];
	struct flood_search search;
	uint8_t least, most; /* see flood_each */
	bool spreads;
	bool breadth_first;
	uint32_t listed, looked_at; /* then, of heap.links */
	uint32_t idle __attribute__((aligned(64)));
} floods;

int flood_begin(bool breadth_first)
{
	for (uint32_t i = 0; i < CREW_MOST; i++) {
		struct flood *f = &floods.each[i];

		f->lift = (struct pending_lift){ .mask = ALL };
		f->low = f->high = f->here = 0;
		f->put = f->taken = 0;
	}
	floods.listed = floods.looked_at = 0;
	floods.breadth_first = breadth_first;
	return pending_begin();
}

void flood_end(void)
{
	pending_end();
}

/* What was met in another search may be met again. */
static void forget_recent(struct flood *f)
{
	for (uint32_t i = 0; i < RECENT; i++)
		f->recent[i] = 0;
}

void flood_search(const struct flood_search *search)
{
	floods.search = *search;
	floods.spreads = true;
	for (uint32_t i = 0; i < CREW_MOST; i++)
		forget_recent(&floods.each[i]);
}

void flood_leader(uint32_t block)
{
	floods.search.leader = block;
}

static bool may_point(uint64_t value)
{
	return unlikely(value - heap.low < heap.bytes);
}

/*
 * Meeting a block.
 */

/* Its words are to be looked at. */
static inline void pend(uint32_t block, struct heap_group *group, uintptr_t at)
{
	if (!floods.spreads)
		return;
	if (!floods.breadth_first) {
		pending_add(group, at);
		return;
	}
	if (floods.looked_at == floods.listed)
		floods.looked_at = floods.listed = 0;
	heap.links[floods.listed++] = block;
}

static void take_leader(uint32_t block)
{
	if (floods.search.leader != HEAP_NONE)
		heap.extras[block] = floods.search.leader;
}

static void settle(uint32_t block)
{
	heap_set_state(block, floods.search.to);
	take_leader(block);
}

/* In a page with a line; false when it was met before. */
static inline bool meet_lined(struct heap_line *line, uintptr_t at)
{
	unsigned place = heap_place_of(at);
	uint64_t bit = (uint64_t)1 << (place & 63);

	return !(__atomic_fetch_or(&line->met[place / 64], bit, __ATOMIC_SEQ_CST) & bit);
}

/* In one without. */
static bool meet_few(uint32_t block)
{
	uint8_t state = __atomic_load_n(&heap.states[block], __ATOMIC_RELAXED);
	bool waits = floods.spreads && !floods.breadth_first;
	uint8_t to = (uint8_t)(floods.search.to | (waits ? PENDING : 0));

	do
		if (state < floods.search.least || state > floods.search.most)
			return false;
	while (!__atomic_compare_exchange_n(&heap.states[block], &state, to, false,
					    __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
	take_leader(block);
	return true;
}

bool flood_add(uint32_t block)
{
	uintptr_t at = heap_start(block);
	struct heap_group *group = heap_group(at);
	struct heap_line *line = heap_line(group, heap_page_of(at));

	if (!(line ? meet_lined(line, at) : meet_few(block)))
		return false;
	if (line && floods.breadth_first)
		settle(block);
	pend(block, group, at);
	return true;
}

static bool may_be_met(uint32_t block)
{
	uint32_t state = heap_state(block);

	return state >= floods.search.least && state <= floods.search.most;
}

static __attribute__((noinline)) void meet_slowly(const struct flood_pointer *p)
{
	uint32_t block = heap_find_slow(p->at);

	if (block == HEAP_NONE || !may_be_met(block))
		return;
	if (p->at != heap_start(block) && !floods.search.middles &&
	    !floods.search.is_start(block, p))
		return;
	if (flood_add(block) && floods.search.note)
		floods.search.note(block, p);
}

/* Mostly it is the start of a block in a page with a line. */
static inline void meet(struct heap_group *group, const struct flood_pointer *p, bool is_near)
{
	struct heap_line *line = likely(group) ? heap_line(group, heap_page_of(p->at)) : NULL;
	unsigned place = heap_place_of(p->at), word = place / 64, bit = place & 63;

	if (line && !(p->at & ((1u << HEAP_PLACE) - 1))) {
		if (line->met[word] >> bit & 1)
			return;
		if (line->starts[word] >> bit & 1 && !floods.breadth_first) {
			if (!meet_lined(line, p->at))
				return;
			pend(HEAP_NONE, group, p->at);
			if (is_near)
				__builtin_prefetch((const void *)p->at);
			return;
		}
	}
	meet_slowly(p);
}

/*
 * Looking at words.
 */

/* Of few blocks those that may be the one. */
static void fetch_few(uintptr_t at)
{
	uint32_t first, until, guess;

	heap_page_blocks(at, &first, &until);
	guess = (until - first) * (uint32_t)(at & 4095) / 4096;
	__builtin_prefetch(&heap.states[first + guess], 1);
	__builtin_prefetch(&heap.blocks[first + guess]);
	__builtin_prefetch(&heap.blocks[first + guess + 2]);
}

static inline void fetch(uintptr_t at)
{
	const struct heap_group *group = heap_group(at);
	const struct heap_line *line = group ? heap_line(group, heap_page_of(at)) : NULL;

	if (line)
		__builtin_prefetch(line, 1);
	else if (group)
		fetch_few(at);
}

static inline void meet_first(struct flood *f)
{
	const struct flood_pointer *p = &f->ring[f->taken++ % RING];

	meet(heap_group(p->at), p, false);
}

/* False when the ring was empty. */
static bool empty_ring(struct flood *f)
{
	if (f->taken == f->put)
		return false;
	while (f->taken != f->put)
		meet_first(f);
	return true;
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

static inline void put(struct flood *f, uintptr_t at, uint32_t holder, uintptr_t from)
{
	const struct flood_pointer p = { at, holder, from };

	if (!is_new(f, at))
		return;
	if ((at ^ f->here) >> HEAP_GROUP == 0) {
		meet(f->group, &p, true);
		return;
	}
	fetch(at);
	if (f->put - f->taken == RING)
		meet_first(f);
	f->ring[f->put++ % RING] = p;
}

void flood_from_value(uint64_t value)
{
	if (may_point(value))
		put(&floods.each[0], value, HEAP_NONE, 0);
	empty_ring(&floods.each[0]);
}

void flood_from_memory(uintptr_t from, uintptr_t to)
{
	from = (from + 7) & ~(uintptr_t)7;
	for (; from + 8 <= to; from += 8) {
		uint64_t value = *(const uint64_t *)from;

		if (may_point(value))
			put(&floods.each[0], value, HEAP_NONE, from);
	}
	empty_ring(&floods.each[0]);
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

/* Small ones in this area can be read without asking again. */
static void note_area(struct flood *f, uintptr_t at)
{
	const struct area *area = areas_find(at);

	if (!area || !(area->flags & AREA_READ))
		return;
	f->low = area->start;
	f->high = area->end;
}

static inline void follow_words(struct flood *f, uintptr_t at, uintptr_t end, uint32_t block)
{
	for (; at < end; at += 8) {
		uint64_t value = *(const uint64_t *)at;

		if (may_point(value))
			put(f, value, block, 0);
	}
}

static void follow(struct flood *f, uint32_t block, uintptr_t start)
{
	uint64_t bytes = heap_bytes(block);
	uintptr_t from = start, to = start + (bytes & ~(uint64_t)7);

	if (likely(bytes < SMALL_BYTES && from >= f->low && to <= f->high)) {
		follow_words(f, from, to, block);
		return;
	}
	for (; flood_run(block, &from, &to); from = to)
		follow_words(f, from, to, block);
	note_area(f, start);
}

/*
 * Going through what is pending.
 */

/* What is met in the page of the line and was not looked at. */
static inline uint64_t waiting(const struct heap_line *line, unsigned word)
{
	return __atomic_load_n(&line->met[word], __ATOMIC_RELAXED) &
	       __atomic_load_n(&line->starts[word], __ATOMIC_RELAXED);
}

/* What waits in a page that is to be looked at soon. */
static void fetch_page(const struct heap_group *group, uintptr_t start, unsigned page)
{
	const struct heap_line *line = heap_line(group, page);
	uintptr_t from = start + ((uintptr_t)page << HEAP_PAGE);
	uint32_t first, until;

	heap_page_blocks(from, &first, &until);
	if (!line)
		__builtin_prefetch(&heap.blocks[first]);
	for (unsigned word = 0; line && word < HEAP_LINE_WORDS; word++) {
		uint64_t bits = waiting(line, word), all = line->starts[word] | line->met[word];

		for (; bits; bits &= bits - 1) {
			unsigned place = word * 64 + (unsigned)__builtin_ctzll(bits);
			const char *at = (const char *)from + ((uintptr_t)place << HEAP_PLACE);

			__builtin_prefetch(at);
			__builtin_prefetch(at + LINE);
			__builtin_prefetch(
				&heap.blocks[first + heap_ones(all & ((bits & -bits) - 1))]);
		}
		first += heap_ones(all);
	}
}

/* Those of the word that wait, until none does; `all` are its starts, the first of them `block`. */
static bool look_at_word(struct flood *f, struct heap_line *line, unsigned word, uintptr_t start,
			 uint32_t block)
{
	uint64_t all = line->starts[word] | line->met[word], bits = waiting(line, word);

	if (!bits)
		return false;
	/* Who takes the bit looks at the block. */
	bits &= __atomic_fetch_and(&line->starts[word], ~bits, __ATOMIC_SEQ_CST);
	for (; bits; bits &= bits - 1) {
		unsigned place = (unsigned)__builtin_ctzll(bits);
		uint32_t number = block + heap_ones(all & (((uint64_t)1 << place) - 1));

		settle(number);
		follow(f, number, start + ((uintptr_t)place << HEAP_PLACE));
	}
	return true;
}

static void look_at_lined(struct flood *f, struct heap_line *line, uintptr_t page, uint32_t first)
{
	const uintptr_t word_bytes = (uintptr_t)64 << HEAP_PLACE;
	bool any;

	do {
		uint32_t block = first;

		any = false;
		for (unsigned word = 0; word < HEAP_LINE_WORDS; word++) {
			any |= look_at_word(f, line, word, page + word * word_bytes, block);
			block += heap_ones(line->starts[word] | line->met[word]);
		}
	} while (any);
}

static void look_at_few(struct flood *f, uint32_t first, uint32_t until)
{
	for (uint32_t i = first; i < until; i++)
		if (heap_state(i) & PENDING &&
		    __atomic_fetch_and(&heap.states[i], (uint8_t)~PENDING, __ATOMIC_SEQ_CST) &
			    PENDING)
			follow(f, i, heap_start(i));
}

static void look_at_page(struct flood *f, uintptr_t page)
{
	struct heap_line *line = heap_line(f->group, heap_page_of(page));
	uint32_t first, until;

	heap_page_blocks(page, &first, &until);
	if (line)
		look_at_lined(f, line, page, first);
	else
		look_at_few(f, first, until);
}

/* The nearest of these ahead of the page, or if there is none, behind it. */
static unsigned nearest(uint64_t pages, unsigned page, bool down)
{
	uint64_t below = pages & ~((uint64_t)-2 << page), above = pages & ALL << page;

	return below && (down || !above) ? 63 - (unsigned)__builtin_clzll(below)
					 : (unsigned)__builtin_ctzll(above);
}

/* The next page but one, or the next one. */
static void fetch_ahead(const struct heap_group *group, uintptr_t start, uint64_t pages,
			unsigned page, bool down)
{
	for (unsigned ahead = 0; ahead < AHEAD && pages; ahead++) {
		page = nearest(pages, page, down);
		pages &= ~((uint64_t)1 << page);
		if (ahead + 1 == AHEAD || !pages)
			fetch_page(group, start, page);
	}
}

/* Until none is pending, what is met on the way included. */
static void look_at_group(struct flood *f, struct heap_group *group, uintptr_t start)
{
	bool down = f->lift.down;
	uint64_t pages = pending_take(group);
	unsigned page = pages ? nearest(pages, down ? 63 : 0, down) : 0;

	f->group = group;
	f->here = start;
	while (pages) {
		uintptr_t at = start + ((uintptr_t)page << HEAP_PAGE);

		pages &= ~((uint64_t)1 << page);
		fetch_ahead(group, start, pages, page, down);
		look_at_page(f, at);
		pages |= pending_take(group);
		if (pages)
			page = nearest(pages, page, down);
	}
}

/* One's own groups, or if there are none, any. */
static struct heap_group *next_group(struct flood *f, uint64_t own, uintptr_t *start)
{
	struct heap_group *group;

	f->lift.mask = own;
	group = pending_next(&f->lift, start);
	if (group || own == ALL)
		return group;
	f->lift.mask = ALL;
	return pending_next(&f->lift, start);
}

/* Is there more to do, from the other one?  False when neither has any. */
static bool wait_for_more(void)
{
	uint32_t round = 0;

	__atomic_fetch_add(&floods.idle, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&floods.idle, __ATOMIC_SEQ_CST) != crew_size()) {
		if (pending_any()) {
			/* Before anything is taken: or nobody seems to be at work. */
			__atomic_fetch_sub(&floods.idle, 1, __ATOMIC_SEQ_CST);
			return true;
		}
		crew_pause(&round);
	}
	return false;
}

static uint64_t own_groups(uint32_t number)
{
	const uint64_t every_other = ALL / 3;

	return crew_size() == 1 ? ALL : every_other << number;
}

static void flood_part(uint32_t number)
{
	struct flood *f = &floods.each[number];
	uintptr_t start;

	do {
		struct heap_group *group;

		while ((group = next_group(f, own_groups(number), &start)))
			look_at_group(f, group, start);
	} while (empty_ring(f) || wait_for_more());
	f->here = 0;
}

static void flood_in_order(struct flood *f)
{
	do
		while (floods.looked_at != floods.listed) {
			uint32_t block = heap.links[floods.looked_at++];

			follow(f, block, heap_start(block));
		}
	while (empty_ring(f));
}

void flood_all(void)
{
	floods.idle = 0;
	if (floods.breadth_first)
		flood_in_order(&floods.each[0]);
	else if (pending_any())
		crew_run(flood_part);
}

/* The block itself is met, and being looked at. */
static void be_met(uint32_t block)
{
	uintptr_t at = heap_start(block);
	struct heap_line *line = heap_line(heap_group(at), heap_page_of(at));
	unsigned place = heap_place_of(at);
	uint64_t bit = (uint64_t)1 << (place & 63);

	if (!line)
		return;
	line->met[place / 64] |= bit;
	line->starts[place / 64] &= ~bit;
}

/* Waking the other one would mostly be in vain. */
void flood_from(uint32_t block)
{
	struct flood *f = &floods.each[0];
	struct heap_group *group;
	uint32_t groups = 0;
	uintptr_t start;

	be_met(block);
	follow(f, block, heap_start(block));
	if (floods.breadth_first) {
		flood_in_order(f);
		return;
	}
	do
		while ((group = next_group(f, ALL, &start))) {
			look_at_group(f, group, start);
			if (++groups == FOR_TWO && crew_size() > 1)
				flood_all();
		}
	while (empty_ring(f));
	f->here = 0;
}

/* Like follow, but not for pointers of the block into itself. */
static void follow_to_others(struct flood *f, uint32_t block)
{
	uintptr_t start = heap_start(block), from = start, to;
	uint64_t bytes = heap_bytes(block);

	for (; flood_run(block, &from, &to); from = to)
		for (uintptr_t at = from; at < to; at += 8) {
			uint64_t value = *(const uint64_t *)at;

			if (may_point(value) && value - start >= bytes)
				put(f, value, block, 0);
		}
}

static void look_at_part(uint32_t number)
{
	struct flood *f = &floods.each[number];
	uint32_t from = (uint32_t)((uint64_t)heap.count * number / crew_size());
	uint32_t to = (uint32_t)((uint64_t)heap.count * (number + 1) / crew_size());

	for (uint32_t i = from; i < to; i++)
		if (heap_state(i) >= floods.least && heap_state(i) <= floods.most)
			follow_to_others(f, i);
	empty_ring(f);
}

void flood_each(uint8_t least, uint8_t most)
{
	floods.least = least;
	floods.most = most;
	floods.spreads = false;
	crew_run(look_at_part);
}
