/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scan/results.h"

#include "arena.h"
#include "profile.h"
#include "scan/demand.h"
#include "scan/job.h"
#include "scan/flood.h"
#include "scan/mark.h"

#define EACH_LOST      4u /* blocks listed of one site and class */
#define EACH_REACHABLE 2u
#define LINKS_INNER    32u

/* The blocks that are listed, by site and class: lists of numbers. */
static struct {
	uint32_t count; /* 0 is none */
	uint16_t *first;
	uint16_t next[RESULTS_BLOCKS];
	uint32_t heap_block[RESULTS_BLOCKS];
	uint32_t holders;
	uint16_t *full;	     /* the list that had no room for the last one, or NULL */
	uint32_t full_least; /* the least block of that */
} listed;

static struct tide_leak *leak_at(uint32_t site)
{
	return PROFILE_AT(TIDE_SECTION_LEAKS, struct tide_leak, site);
}

static struct tide_leak_block *block_at(uint32_t number)
{
	return PROFILE_AT(TIDE_SECTION_LEAK_BLOCKS, struct tide_leak_block, number);
}

static struct tide_holder *holder_at(uint32_t number)
{
	return PROFILE_AT(TIDE_SECTION_HOLDERS, struct tide_holder, number);
}

static uint32_t site_of(uint32_t block)
{
	return profile_record(heap_record(block))->site & ~TIDE_RECORD_SHARED;
}

/* In the middle of a run only what neither copy could reach is lost. */
static enum tide_leak_class class_of(uint32_t block)
{
	enum tide_leak_class class = mark_class(block);

	if (job.kind == COPY_SECOND && class != TIDE_LEAK_REACHABLE &&
	    !demand_agrees(heap.blocks[block].key))
		return TIDE_LEAK_REACHABLE;
	return class;
}

/* Does it count?  Sites that came after the scan began have no place. */
static bool is_wanted(uint32_t block, uint32_t site)
{
	return site < job.sites && (!job.since_ms || heap_birth_ms(block) >= job.since_ms);
}

/* Neighbours that are alike in all that decides where they count. */
struct run {
	uint32_t record, leader;
	enum tide_leak_class class;
	uint32_t site, blocks;
	uint64_t bytes;
};

static void begin_run(struct run *run, uint32_t block, enum tide_leak_class class, uint32_t leader)
{
	*run = (struct run){ .record = heap_record(block),
			     .leader = leader,
			     .class = class,
			     .site = site_of(block) };
}

static void end_run(const struct run *run)
{
	struct tide_leak *leak;

	if (!run->blocks)
		return;
	leak = leak_at(run->site);
	leak->bytes[run->class] += run->bytes;
	leak->blocks[run->class] += run->blocks;
	if (run->leader == HEAP_NONE || site_of(run->leader) >= job.sites)
		return;
	leak = leak_at(site_of(run->leader));
	leak->held_bytes += run->bytes;
	leak->held_blocks += run->blocks;
}

static uint16_t *list_of(uint32_t site, enum tide_leak_class class)
{
	return &listed.first[site * TIDE_LEAK_CLASSES + class];
}

/* Larger, or as large and older. */
static bool is_worth_more(uint32_t a, uint32_t b)
{
	if (heap_bytes(a) != heap_bytes(b))
		return heap_bytes(a) > heap_bytes(b);
	return heap_birth_ms(a) < heap_birth_ms(b);
}

/* The place of the least of those listed; how many they are. */
static uint16_t find_least(uint16_t first, uint32_t *count)
{
	uint16_t least = first;

	for (uint16_t i = first; i; i = listed.next[i], ++*count)
		if (is_worth_more(listed.heap_block[least], listed.heap_block[i]))
			least = i;
	return least;
}

static void list_block(uint32_t block, uint32_t site, enum tide_leak_class class)
{
	uint32_t most = class == TIDE_LEAK_REACHABLE ? EACH_REACHABLE : EACH_LOST, count = 0;
	uint16_t *first = list_of(site, class), least;

	/* Mostly it is one more of those that were no use the last time. */
	if (first == listed.full && !is_worth_more(block, listed.full_least))
		return;
	least = find_least(*first, &count);
	if (count < most && listed.count + 1 < RESULTS_BLOCKS) {
		least = (uint16_t)++listed.count;
		listed.next[least] = *first;
		*first = least;
		listed.heap_block[least] = block;
		return;
	}
	profile.header->scan.flags |= TIDE_SCAN_SAMPLED;
	listed.full = NULL;
	if (!least)
		return;
	if (is_worth_more(block, listed.heap_block[least])) {
		listed.heap_block[least] = block;
		return;
	}
	listed.full = first;
	listed.full_least = listed.heap_block[least];
}

/* The number of a leading block, if it is listed. */
static uint32_t number_of_leader(uint32_t leader)
{
	if (!is_wanted(leader, site_of(leader)))
		return 0;
	for (uint16_t i = *list_of(site_of(leader), TIDE_LEAK_DEFINITE); i; i = listed.next[i])
		if (listed.heap_block[i] == leader)
			return i;
	return 0;
}

static void fill_block(uint32_t number)
{
	uint32_t block = listed.heap_block[number];
	enum tide_leak_class class = class_of(block);

	*block_at(number) = (struct tide_leak_block){
		.address = heap_start(block),
		.bytes = heap_bytes(block),
		.birth_ms = heap_birth_ms(block),
		.site = site_of(block),
		.leak_class = class,
		.leader = class == TIDE_LEAK_INDIRECT ? number_of_leader(heap.extras[block]) : 0,
	};
}

/* What the listed leaders hold; many in turn have one leader. */
static void add_held(void)
{
	uint32_t leader = HEAP_NONE, number = 0;

	for (uint32_t i = mark_next(0); i < heap.count; i = mark_next(i + 1)) {
		if (class_of(i) != TIDE_LEAK_INDIRECT)
			continue;
		if (heap.extras[i] != leader) {
			leader = heap.extras[i];
			number = number_of_leader(leader);
		}
		if (!number)
			continue;
		block_at(number)->held_bytes += heap_bytes(i);
		block_at(number)->held_blocks++;
	}
}

static bool is_root(uint32_t holder)
{
	return holder & MARK_IS_ROOT;
}

static uint32_t take_holder(const struct tide_holder *holder)
{
	if (listed.holders + 1 >= job.holders_most)
		return 0;
	*holder_at(++listed.holders) = *holder;
	return listed.holders;
}

/* Where in a block the pointer to another one stands; 0 when it is gone. */
static uint32_t offset_of(uint32_t block, uint32_t pointed)
{
	uintptr_t start = heap_start(block), from = start, to;

	for (; flood_run(block, &from, &to); from = to)
		for (; from < to; from += 8)
			if (heap_find(*(const uint64_t *)from) == pointed)
				return (uint32_t)(from - start);
	return 0;
}

static uint32_t take_link(uint32_t holder, uint32_t pointed, uint32_t outer)
{
	const struct mark_root *root;

	if (is_root(holder)) {
		root = mark_root(holder);
		return take_holder(&(struct tide_holder){ .address = root->address,
							  .bytes = root->detail,
							  .kind = root->kind,
							  .where = root->where });
	}
	return take_holder(&(struct tide_holder){ .address = heap_start(holder),
						  .bytes = heap_bytes(holder),
						  .kind = TIDE_HOLDER_BLOCK,
						  .where = site_of(holder),
						  .outer = outer,
						  .offset = offset_of(holder, pointed) });
}

static uint32_t chain_length(uint32_t block)
{
	uint32_t length = 1;

	for (; !is_root(heap.extras[block]); block = heap.extras[block])
		length++;
	return length;
}

/* The root first: the outer link must have the smaller number. */
static uint32_t take_chain(uint32_t block)
{
	uint32_t blocks[TIDE_HOLDER_LINKS], length = chain_length(block), kept = 0, outer = 0;
	bool cut = length > TIDE_HOLDER_LINKS;

	/* The inner half, and if it is too long, the outer one behind a gap. */
	for (uint32_t k = 0; k < length; k++, block = heap.extras[block])
		if (!cut || k < LINKS_INNER || k > length - (TIDE_HOLDER_LINKS - LINKS_INNER))
			blocks[kept++] = block;
	while (kept--) {
		outer = take_link(heap.extras[blocks[kept]], blocks[kept], outer);
		if (outer && cut && kept == LINKS_INNER)
			outer = take_holder(
				&(struct tide_holder){ .kind = TIDE_HOLDER_CUT, .outer = outer });
		if (!outer)
			return 0;
	}
	return outer;
}

static void fill_holders(void)
{
	for (uint32_t i = 1; i <= listed.count; i++)
		if (mark_class(listed.heap_block[i]) >= TIDE_LEAK_POSSIBLE)
			block_at(i)->holder = take_chain(listed.heap_block[i]);
}

static void count_blocks(void)
{
	struct run run = { .record = HEAP_NONE };

	listed.count = listed.holders = 0;
	listed.full = NULL;
	for (uint32_t i = 0; i < heap.count; i++) {
		enum tide_leak_class class = class_of(i);
		uint32_t leader = class == TIDE_LEAK_INDIRECT ? heap.extras[i] : HEAP_NONE;

		if (heap_record(i) != run.record || class != run.class || leader != run.leader) {
			end_run(&run);
			begin_run(&run, i, class, leader);
		}
		if (!is_wanted(i, run.site))
			continue;
		run.bytes += heap_bytes(i);
		run.blocks++;
		if (job.holders || class != TIDE_LEAK_REACHABLE)
			list_block(i, run.site, class);
	}
	end_run(&run);
}

static void tell_listed(void)
{
	for (uint32_t i = 1; i <= listed.count; i++)
		fill_block(i);
	add_held();
	if (job.holders)
		fill_holders();
}

static void clear(void)
{
	static const struct tide_leak none;

	for (uint32_t i = 0; i < job.sites; i++)
		*leak_at(i) = none;
	*block_at(0) = (struct tide_leak_block){ 0 };
	if (job.holders)
		*holder_at(0) = (struct tide_holder){ 0 };
}

bool results_write(void)
{
	size_t bytes = (size_t)job.sites * TIDE_LEAK_CLASSES * sizeof(*listed.first);
	struct tide_scan *scan = &profile.header->scan;

	listed.first = arena_map(bytes);
	if (!listed.first)
		return false;
	clear();
	count_blocks();
	tell_listed();
	scan->sites = job.sites;
	scan->blocks = listed.count + 1;
	scan->holders = job.holders ? listed.holders + 1 : 0;
	arena_unmap(listed.first, bytes);
	return true;
}
