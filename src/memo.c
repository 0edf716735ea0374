/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "memo.h"

#include "arena.h"
#include "profile.h"

#define ENTRIES_MOST 16384u
#define GROW_AT	     16u /* grow when one look-up in so many has missed */
#define REST_FIRST   16384u
#define REST_MOST    131072u
#define NOTE_EVERY   1024u /* misses */

#define POSITION_MASK ((1u << MEMO_POSITION_BITS) - 1)

static void place(struct memo *memo, void *room, uint32_t entries)
{
	memo->entries = room;
	memo->table = (uint32_t *)(memo->entries + entries);
	memo->words = (uint64_t *)(memo->table + 2 * (size_t)entries);
	/* Half as many places as entries, four ways each. */
	memo->table_shift = 64 - (uint32_t)__builtin_ctz(entries / 2);
	memo->entries_most = entries;
	memo->words_most = MEMO_WORDS_OF(entries);
	memo->entries_used = 1;
	memo->words_used = 0;
	memo->lookups = memo->misses = 0;
}

void memo_begin(struct memo *memo, void *first_room)
{
	place(memo, first_room, MEMO_ENTRIES_FIRST);
	memo->mapped_bytes = 0;
	memo->rest = 0;
	memo->rest_next = REST_FIRST;
}

/* A handler may jump out at any point: no entry's room is used again before the table is empty. */
static void forget(struct memo *memo)
{
	__builtin_memset(memo->table, 0, 2 * (size_t)memo->entries_most * sizeof(*memo->table));
	barrier();
	memo->entries_used = 1;
	memo->words_used = 0;
	memo->lookups = memo->misses = 0;
}

void memo_shrink(struct memo *memo, void *first_room)
{
	if (memo->mapped_bytes) {
		arena_unmap(memo->entries, memo->mapped_bytes);
		memo_begin(memo, first_room);
	}
	forget(memo);
}

/* By count: one in NOTE_EVERY stands for all. */
static void note_miss(uint32_t count)
{
	if (!(count % NOTE_EVERY))
		__atomic_fetch_add(&profile.header->memo_misses, NOTE_EVERY, __ATOMIC_RELAXED);
}

static bool grow(struct memo *memo)
{
	uint32_t entries = memo->entries_most * 4;
	void *room = entries > ENTRIES_MOST ? NULL : arena_map(MEMO_BYTES_OF(entries));

	if (!room)
		return false;
	if (memo->mapped_bytes)
		arena_unmap(memo->entries, memo->mapped_bytes);
	place(memo, room, entries);
	memo->mapped_bytes = MEMO_BYTES_OF(entries);
	return true;
}

bool memo_renew(struct memo *memo)
{
	if (memo->rest) {
		note_miss(memo->rest--);
		return false;
	}
	memo->generation = __atomic_load_n(&modules_generation, __ATOMIC_ACQUIRE);
	forget(memo);
	return true;
}

/* Was it worth its while?  A look-up in vain and what is stored then cost what a hit saves. */
static void judge(struct memo *memo)
{
	if (memo->lookups - memo->misses >= memo->misses / 2) {
		memo->rest_next = REST_FIRST;
		return;
	}
	memo->rest = memo->rest_next;
	memo->rest_next = memo->rest < REST_MOST ? memo->rest * 2 : REST_MOST;
	memo->generation = MEMO_RESTS;
}

/* The missed key is void afterwards.  A handler must not jump out while the tables change. */
static void make_room(struct memo *memo)
{
	uint64_t signals;

	sys_block_signals(&signals);
	if (memo->misses <= memo->lookups / GROW_AT) {
		forget(memo);
	} else if (!grow(memo)) {
		judge(memo);
		forget(memo);
	}
	sys_restore_signals(&signals);
}

/* What the whole stack depends on, from the innermost slot outward. */
struct list {
	const struct dependency *deps;
	uint32_t count;
	uintptr_t cfa;
};

/* The walk's own room is free again.  The rbp of the hook's caller stands in the hook's frame. */
static struct list list_all(struct walk *walk, const struct anchor *anchor)
{
	const struct mirror *m = &walk->mirror;
	uint32_t n = 0;

	if (walk->uses_rbp)
		walk->deps[n++] = (struct dependency){ anchor->cfa - 16, anchor->rbp };
	for (uint32_t i = m->deps_count; i-- > 0;)
		if (m->deps[i].slot && n < MIRROR_DEPS)
			walk->deps[n++] = m->deps[i];
	return (struct list){ walk->deps, n, anchor->cfa };
}

static int64_t distance_at(const struct list *list, uint32_t i)
{
	return (int64_t)(list->deps[i].slot - list->cfa) / 8;
}

/* Does the list have in [entry->skip, until) what this entry has, and at `until` the same slot? */
static bool agrees_with(const struct memo *memo, const struct memo_entry *entry,
			const struct list *list, uint32_t until)
{
	const int32_t *distance = memo_distances(memo, entry) - entry->skip;
	const uint64_t *value = &memo->words[entry->at] - entry->skip;

	for (uint32_t i = entry->skip; i < until; i++)
		if (distance[i] != distance_at(list, i) || value[i] != list->deps[i].value)
			return false;
	return distance[until] == distance_at(list, until);
}

/*
 * How much of the list has been compared on the way to this key.  All of it, as a rule, for the
 * order of the dependencies follows from the stack; a walk that met the one before may have them in
 * another order, and is then compared from the beginning.
 */
static uint32_t compared(const struct memo *memo, struct memo_key key, const struct list *list)
{
	uint32_t all = key.second & MEMO_BRANCH ? (key.second & POSITION_MASK) + 1 : 0;

	if (all > list->count)
		return 0;
	while (key.second & MEMO_BRANCH) {
		uint64_t number = (key.second & ~MEMO_BRANCH) >> MEMO_POSITION_BITS;
		const struct memo_entry *from = &memo->entries[number];
		uint32_t position = key.second & POSITION_MASK;

		if (list->deps[position].value != key.first ||
		    !agrees_with(memo, from, list, position))
			return 0;
		key = from->skip ? from->key : (struct memo_key){ 0, 0 };
	}
	return all;
}

/* False when a dependency lies too far away to be compared. */
static bool pack(struct memo *memo, const struct memo_entry *entry, const struct list *list)
{
	uint64_t *value = &memo->words[entry->at];
	int32_t *distance = (int32_t *)(value + entry->count);

	for (uint32_t i = 0; i < entry->count; i++) {
		uint32_t from = entry->skip + i < list->count ? entry->skip + i : list->count - 1;
		int64_t words = distance_at(list, from);

		if (words != (int32_t)words)
			return false;
		value[i] = list->deps[from].value;
		distance[i] = (int32_t)words;
	}
	return true;
}

/* The last step: only now the entry can be found. */
static void publish(struct memo *memo, uint32_t number)
{
	uint64_t hash = memo_hash(memo->entries[number].key);
	uint32_t *set = memo_set(memo, hash);
	uint32_t way = 0;

	while (way < MEMO_WAYS && set[way])
		way++;
	barrier();
	set[way < MEMO_WAYS ? way : number % MEMO_WAYS] = memo_tag(hash) | number;
}

void memo_store(struct memo *memo, const struct anchor *anchor, struct walk *walk,
		struct tide_record *record)
{
	struct list list;
	struct memo_entry *entry = &memo->entries[memo->entries_used];
	uint32_t skip, count, words;

	if (memo->generation == MEMO_RESTS)
		return;
	note_miss(++memo->misses);
	list = list_all(walk, anchor);
	skip = compared(memo, memo->missed, &list);
	count = (list.count - skip + 1) & ~1u;
	words = count + count / 2;
	if (walk->cannot_repeat || words > memo->words_most / 4)
		return;
	if (memo->entries_used == memo->entries_most ||
	    memo->words_used + words > memo->words_most) {
		make_room(memo);
		return;
	}
	*entry = (struct memo_entry){ memo->missed, record, memo->words_used, (uint16_t)skip,
				      (uint16_t)count };
	if (!pack(memo, entry, &list))
		return;
	memo->words_used += words;
	publish(memo, memo->entries_used++);
}

uint32_t memo_trace(const struct memo *memo, const struct anchor *anchor, int32_t *distances,
		    uint32_t most)
{
	const uint64_t *base = (const uint64_t *)anchor->cfa;
	struct memo_key key = { anchor->ret, anchor->cfa };
	const struct memo_entry *entry;
	uint32_t count = 0;

	while ((entry = memo_entry(memo, key))) {
		uint32_t holds = memo_holds(memo, entry, base), looked_at;

		looked_at = holds < entry->count ? holds + 1 : holds;
		if (count + looked_at > most)
			break;
		for (uint32_t i = 0; i < looked_at; i++)
			distances[count++] = memo_distances(memo, entry)[i];
		if (holds == entry->count)
			return count;
		key = memo_key_beyond(memo, entry, holds, base);
	}
	return most + 1;
}
