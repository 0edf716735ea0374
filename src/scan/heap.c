/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scan/heap.h"

#include <cpuid.h>
#include <errno.h>
#include <sys/mman.h>

#include "arena.h"
#include "scan/crew.h"

#define GROUPS_BYTES	(HEAP_GROUPS * sizeof(struct heap_group))
#define UNTIL_BYTES	(HEAP_PAGES * sizeof(uint16_t))
#define TABLE_BYTES	(HEAP_REGIONS * sizeof(struct heap_group *))
#define SLOTS_BYTES	(HEAP_REGIONS * sizeof(uint16_t))
#define REGIONS_MOST	32768u
#define BLOCKS_MOST	0x7ffffffeu /* the highest bit has a meaning where a block is held */
#define HUGE_FROM_BYTES ((uint64_t)8 << 20)
#define KEPT_MOST	512u

struct heap heap;

/* What those at work find out while blocks are counted, and their room to sort. */
static struct making {
	uintptr_t low, end;
	bool failed;
	uint32_t kept; /* blocks counted, as long as they are few: they need not be found again */
	struct {
		uintptr_t at;
		struct block block;
	} each[KEPT_MOST];
	struct heap_block places[HEAP_PLACES];
} makings[CREW_MOST];

static uint32_t next_table, adding;

static uint64_t room_bytes(size_t each)
{
	return ((uint64_t)heap.count + 1) * each;
}

static void lock(void)
{
	uint32_t round = 0;

	while (__atomic_exchange_n(&adding, 1, __ATOMIC_ACQUIRE))
		crew_pause(&round);
}

static void unlock(void)
{
	__atomic_store_n(&adding, 0, __ATOMIC_RELEASE);
}

static void add_region(uint32_t region)
{
	struct heap_region *r = &heap.regions[heap.regions_used + 1];

	if (heap.slots[region] || heap.regions_used + 2 >= REGIONS_MOST)
		return;
	r->low = HEAP_GROUPS;
	r->start = (uintptr_t)region << HEAP_REGION;
	__atomic_store_n(&heap.slots[region], (uint16_t)++heap.regions_used, __ATOMIC_RELEASE);
}

static struct heap_region *region_at(uintptr_t at)
{
	uint16_t slot = __atomic_load_n(&heap.slots[heap_region_of(at)], __ATOMIC_ACQUIRE);

	return slot ? &heap.regions[slot] : NULL;
}

/* NULL when there are too many. */
static struct heap_region *have_region(uintptr_t at)
{
	struct heap_region *r = region_at(at);

	if (likely(r))
		return r;
	lock();
	add_region(heap_region_of(at));
	unlock();
	return region_at(at);
}

static bool have_groups(struct heap_region *r)
{
	if (likely(__atomic_load_n(&r->groups, __ATOMIC_ACQUIRE)))
		return true;
	lock();
	if (!r->until)
		r->until = arena_map(UNTIL_BYTES);
	if (!r->groups && r->until)
		__atomic_store_n(&r->groups, arena_map(GROUPS_BYTES), __ATOMIC_RELEASE);
	unlock();
	return r->groups;
}

/* A block may reach into regions where none begins. */
static bool cover(uintptr_t at, uint64_t bytes)
{
	for (uintptr_t end = at + bytes; at < end; at += (uintptr_t)1 << HEAP_REGION)
		if (!have_region(at))
			return false;
	return have_region(at) != NULL;
}

static void widen(struct making *making, uintptr_t at, uint64_t bytes)
{
	if (at < making->low)
		making->low = at;
	if (at + bytes + 1 > making->end)
		making->end = at + bytes + 1;
}

static void widen_region(struct heap_region *r, uint32_t group)
{
	uint32_t low = __atomic_load_n(&r->low, __ATOMIC_RELAXED);
	uint32_t high = __atomic_load_n(&r->high, __ATOMIC_RELAXED);

	while (group < low && !__atomic_compare_exchange_n(&r->low, &low, group, false,
							   __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
	while (group > high && !__atomic_compare_exchange_n(&r->high, &high, group, false,
							    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

static uint16_t *until_of(const struct heap_region *r, uintptr_t at)
{
	return &r->until[at >> HEAP_PAGE & (HEAP_PAGES - 1)];
}

static void keep(struct making *making, uintptr_t at, const struct block *block)
{
	if (making->kept < KEPT_MOST) {
		making->each[making->kept].at = at;
		making->each[making->kept].block = *block;
	}
	making->kept++;
}

static void count_block(void *context, uintptr_t at, const struct block *block)
{
	struct making *making = context;
	struct heap_region *r = have_region(at);
	bool is_far = heap_region_of(at) != heap_region_of(at + block->bytes);

	if (!r || !have_groups(r) || (is_far && !cover(at, block->bytes))) {
		making->failed = true;
		return;
	}
	keep(making, at, block);
	widen_region(r, heap_group_of(at));
	++*until_of(r, at);
	if (at & ((1u << HEAP_PLACE) - 1))
		r->groups[heap_group_of(at)].odd |= (uint64_t)1 << heap_page_of(at);
	widen(making, at, block->bytes);
}

/* No two tables have blocks of one page: each is gone through by one alone. */
static void each_block(blocks_visit *visit, void *context)
{
	uint32_t table;

	while ((table = __atomic_fetch_add(&next_table, 1, __ATOMIC_RELAXED)) < BLOCKS_TABLES)
		blocks_each_of(table, visit, context);
}

static void count_part(uint32_t number)
{
	each_block(count_block, &makings[number]);
}

static int count_all(void)
{
	heap.low = ~(uintptr_t)0;
	for (uint32_t i = 0; i < CREW_MOST; i++) {
		makings[i].low = heap.low;
		makings[i].end = 0;
		makings[i].failed = false;
		makings[i].kept = 0;
	}
	next_table = 0;
	crew_run(count_part);
	for (uint32_t i = 0; i < CREW_MOST; i++) {
		if (makings[i].failed)
			return -ENOMEM;
		if (makings[i].low < heap.low)
			heap.low = makings[i].low;
	}
	for (uint32_t i = 0; i < CREW_MOST; i++)
		if (makings[i].end > heap.low + heap.bytes)
			heap.bytes = makings[i].end - heap.low;
	return 0;
}

/* Counts become places of first blocks; putting the blocks there makes them those behind. */
static uint32_t add_up_group(struct heap_region *r, uint32_t number, uint32_t sum)
{
	struct heap_group *group = &r->groups[number];
	uint16_t *until = &r->until[(size_t)number * 64];

	group->first = sum;
	group->line = heap.lines_count;
	for (unsigned page = 0; page < 64; page++) {
		uint16_t count = until[page];

		if (count >= HEAP_FEW) {
			group->many |= (uint64_t)1 << page;
			heap.lines_count++;
		}
		until[page] = (uint16_t)(sum - group->first);
		sum += count;
	}
	return sum;
}

/* By address; they are few. */
static void sort_regions(void)
{
	for (uint32_t i = 2; i <= heap.regions_used; i++) {
		struct heap_region moved = heap.regions[i];
		uint32_t k = i;

		for (; k > 1 && heap.regions[k - 1].start > moved.start; k--)
			heap.regions[k] = heap.regions[k - 1];
		heap.regions[k] = moved;
	}
	for (uint32_t i = 1; i <= heap.regions_used; i++)
		heap.slots[heap_region_of(heap.regions[i].start)] = (uint16_t)i;
}

static int add_up(void)
{
	uint64_t sum = 0;

	sort_regions();
	for (uint32_t region = 1; region <= heap.regions_used; region++) {
		struct heap_region *r = &heap.regions[region];

		r->first = (uint32_t)sum;
		for (uint32_t i = r->low; r->groups && i <= r->high; i++)
			sum = add_up_group(r, i, (uint32_t)sum);
		if (sum > BLOCKS_MOST)
			return -ENOMEM;
		r->behind = (uint32_t)sum;
		heap.groups[heap_region_of(r->start)] = r->groups;
	}
	heap.count = (uint32_t)sum;
	return 0;
}

static void put_block(void *context, uintptr_t at, const struct block *block)
{
	struct heap_region *r = &heap.regions[heap.slots[heap_region_of(at)]];
	uint32_t number = r->groups[heap_group_of(at)].first + (*until_of(r, at))++;

	(void)context;
	heap.blocks[number] = (struct heap_block){
		(uint64_t)block->birth << BLOCKS_ADDRESS_BITS | at >> 3,
		(uint64_t)block->record << BLOCKS_SIZE_BITS | block->bytes,
	};
}

static void put_part(uint32_t number)
{
	(void)number;
	each_block(put_block, NULL);
}

/* False when there were too many to keep them. */
static bool put_kept(void)
{
	for (uint32_t i = 0; i < CREW_MOST; i++)
		if (makings[i].kept > KEPT_MOST)
			return false;
	for (uint32_t i = 0; i < CREW_MOST; i++)
		for (uint32_t k = 0; k < makings[i].kept; k++)
			put_block(NULL, makings[i].each[k].at, &makings[i].each[k].block);
	return true;
}

/* Few, or mostly in order. */
static void sort_few(uint32_t from, uint32_t to)
{
	for (uint32_t i = from + 1; i < to; i++) {
		struct heap_block moved = heap.blocks[i];
		uint64_t at = moved.key & BLOCKS_ADDRESS_MASK;
		uint32_t k = i;

		for (; k > from && (heap.blocks[k - 1].key & BLOCKS_ADDRESS_MASK) > at; k--)
			heap.blocks[k] = heap.blocks[k - 1];
		heap.blocks[k] = moved;
	}
}

/* False when two begin at one address. */
static bool fill_line(struct heap_line *line, struct heap_block *places, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to; i++) {
		unsigned place = heap_place_of(heap_start(i));
		uint64_t *word = &line->starts[place / 64], bit = (uint64_t)1 << (place & 63);

		if (*word & bit)
			return false;
		*word |= bit;
		places[place] = heap.blocks[i];
	}
	return true;
}

static void sort_many(const struct heap_line *line, const struct heap_block *places, uint32_t from)
{
	for (unsigned word = 0; word < HEAP_LINE_WORDS; word++)
		for (uint64_t bits = line->starts[word]; bits; bits &= bits - 1)
			heap.blocks[from++] = places[word * 64 + (unsigned)__builtin_ctzll(bits)];
}

static void sort_page(struct heap_group *group, unsigned page, uint32_t from, uint32_t to,
		      struct heap_block *places)
{
	struct heap_line *line = heap_line(group, page);

	if (line && fill_line(line, places, from, to)) {
		sort_many(line, places, from);
		return;
	}
	sort_few(from, to);
	if (line)
		group->odd |= (uint64_t)1 << page;
}

/* What is done to one group; the number of who does it. */
typedef void group_work(struct heap_region *r, uint32_t group, uint32_t number);

/* Of each region its part. */
static void each_group(group_work *work, uint32_t number)
{
	for (uint32_t i = 1; i <= heap.regions_used; i++) {
		struct heap_region *r = &heap.regions[i];
		uint64_t groups = r->groups ? r->high - r->low + 1 : 0;
		uint32_t from = r->low + (uint32_t)(groups * number / crew_size());
		uint32_t to = r->low + (uint32_t)(groups * (number + 1) / crew_size());

		for (; from < to; from++)
			work(r, from, number);
	}
}

static void sort_group(struct heap_region *r, uint32_t number, uint32_t worker)
{
	struct heap_group *group = &r->groups[number];
	const uint16_t *until = &r->until[(size_t)number * 64];
	uint32_t from = group->first;

	for (unsigned page = 0; page < 64; page++) {
		uint32_t to = group->first + until[page];

		if (from != to)
			sort_page(group, page, from, to, makings[worker].places);
		from = to;
	}
}

static void sort_part(uint32_t number)
{
	each_group(sort_group, number);
}

/* What is read all over: fewer, larger pages are found faster. */
static void *take_huge(uint64_t bytes)
{
	void *at = arena_map(bytes);

	if (at && bytes >= HUGE_FROM_BYTES)
		sys_advise(at, bytes, MADV_HUGEPAGE);
	return at;
}

static uint64_t lines_bytes(void)
{
	return ((uint64_t)heap.lines_count + 1) * sizeof(*heap.lines);
}

static bool can_count_bits(void)
{
	unsigned a, b, c, d;

	return __get_cpuid(1, &a, &b, &c, &d) && c & bit_POPCNT;
}

int heap_make(void)
{
	heap.counts_bits = can_count_bits();
	heap.slots = arena_map(SLOTS_BYTES);
	heap.regions = arena_map(REGIONS_MOST * sizeof(*heap.regions));
	heap.groups = arena_map(TABLE_BYTES);
	if (!heap.groups || !heap.slots || !heap.regions)
		return -ENOMEM;
	if (count_all() < 0 || add_up() < 0)
		return -ENOMEM;
	heap.blocks = arena_map(room_bytes(sizeof(*heap.blocks)));
	heap.states = arena_map(room_bytes(sizeof(*heap.states)));
	heap.links = arena_map(room_bytes(sizeof(*heap.links)));
	heap.extras = arena_map(room_bytes(sizeof(*heap.extras)));
	heap.lines = take_huge(lines_bytes());
	if (!heap.blocks || !heap.states || !heap.links || !heap.extras || !heap.lines)
		return -ENOMEM;
	next_table = 0;
	if (!put_kept())
		crew_run(put_part);
	crew_run(sort_part);
	return 0;
}

uint32_t heap_next_not(uint32_t i, uint8_t state)
{
	uint64_t all = state * (~(uint64_t)0 / 255), eight;

	for (; i + 8 <= heap.count; i += 8) {
		__builtin_memcpy(&eight, &heap.states[i], 8);
		if (eight != all)
			break;
	}
	while (i < heap.count && heap.states[i] == state)
		i++;
	return i;
}

/* What heap_unmeet is to do. */
static struct {
	uint8_t least, most, met;
} unmeeting;

static void unmeet_in(struct heap_line *line, uint32_t block)
{
	for (unsigned word = 0; word < HEAP_LINE_WORDS; word++) {
		uint64_t met = line->met[word], bits = line->starts[word] | met;

		for (; bits; bits &= bits - 1, block++) {
			uint64_t bit = bits & -bits;

			if (!(met & bit) || heap.states[block] < unmeeting.least ||
			    heap.states[block] > unmeeting.most)
				continue;
			line->starts[word] |= bit;
			line->met[word] &= ~bit;
			if (unmeeting.met != HEAP_AS_IT_IS)
				heap.states[block] = unmeeting.met;
		}
	}
}

static void unmeet_group(struct heap_region *r, uint32_t number, uint32_t worker)
{
	struct heap_group *group = &r->groups[number];
	uint64_t pages = group->many & ~group->odd;

	(void)worker;
	for (; pages; pages &= pages - 1) {
		unsigned page = (unsigned)__builtin_ctzll(pages);
		uint32_t before = page ? r->until[(size_t)number * 64 + page - 1] : 0;

		unmeet_in(heap_line(group, page), group->first + before);
	}
}

static void unmeet_part(uint32_t number)
{
	each_group(unmeet_group, number);
}

void heap_unmeet(uint8_t least, uint8_t most, uint8_t met)
{
	unmeeting.least = least;
	unmeeting.most = most;
	unmeeting.met = met;
	crew_run(unmeet_part);
}

static void give_back(void *at, size_t bytes)
{
	if (at)
		arena_unmap(at, bytes);
}

void heap_end(void)
{
	for (uint32_t i = 1; heap.regions && i <= heap.regions_used; i++) {
		give_back(heap.regions[i].groups, GROUPS_BYTES);
		give_back(heap.regions[i].until, UNTIL_BYTES);
	}
	give_back(heap.regions, REGIONS_MOST * sizeof(*heap.regions));
	give_back(heap.groups, TABLE_BYTES);
	give_back(heap.slots, SLOTS_BYTES);
	give_back(heap.blocks, room_bytes(sizeof(*heap.blocks)));
	give_back(heap.states, room_bytes(sizeof(*heap.states)));
	give_back(heap.lines, lines_bytes());
	give_back(heap.links, room_bytes(sizeof(*heap.links)));
	give_back(heap.extras, room_bytes(sizeof(*heap.extras)));
	heap = (struct heap){ 0 };
}
