/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "memo.h"

#include "arena.h"
#include "index.h"
#include "profile.h"

#define RARELY	8u
#define GROW_AT 16u /* grow when one look-up in so many misses */

static void place(struct memo *memo, void *room, uint32_t sets, uint32_t ring_words)
{
	memo->entries = room;
	memo->ring = (uint64_t *)(memo->entries + (size_t)sets * MEMO_WAYS);
	memo->sets_mask = sets - 1;
	memo->ring_words = ring_words;
	memo->head = ring_words + 1; /* so that an empty entry is void */
	memo->until_look = MEMO_LOOK_EVERY;
	memo->misses = 0;
	memo->rarely = 1;
	for (unsigned i = 0; i < MEMO_RECENT; i++)
		memo->recent[i] = memo->entries;
}

void memo_begin(struct memo *memo, void *first_room)
{
	place(memo, first_room, MEMO_SETS_FIRST, MEMO_RING_FIRST);
	memo->mapped_bytes = 0;
}

static void forget(struct memo *memo)
{
	size_t entries = ((size_t)memo->sets_mask + 1) * MEMO_WAYS;

	__builtin_memset(memo->entries, 0, entries * sizeof(*memo->entries));
	__builtin_memset(memo->hints, 0, sizeof(memo->hints));
}

void memo_shrink(struct memo *memo, void *first_room)
{
	if (memo->mapped_bytes) {
		arena_unmap(memo->entries, memo->mapped_bytes);
		memo_begin(memo, first_room);
	}
	forget(memo);
}

static void grow(struct memo *memo)
{
	uint32_t sets = (memo->sets_mask + 1) * 4, ring_words = memo->ring_words * 4;
	size_t bytes = (size_t)sets * MEMO_WAYS * sizeof(struct memo_entry) +
		       (size_t)ring_words * 8;
	void *room;

	if (bytes > MEMO_BYTES_MOST)
		return;
	room = arena_map(bytes);
	if (!room)
		return;
	if (memo->mapped_bytes)
		arena_unmap(memo->entries, memo->mapped_bytes);
	place(memo, room, sets, ring_words);
	memo->mapped_bytes = bytes;
}

static void look_at_hit_rate(struct memo *memo)
{
	uint32_t misses = memo->misses;

	__atomic_fetch_add(&profile.header->memo_misses, misses, __ATOMIC_RELAXED);
	memo->misses = 0;
	memo->until_look = MEMO_LOOK_EVERY;
	memo->rarely = misses > MEMO_LOOK_EVERY / 4 * 3 ? RARELY : 1;
	if (misses > MEMO_LOOK_EVERY / GROW_AT)
		grow(memo);
}

void memo_look(struct memo *memo)
{
	uint32_t generation = __atomic_load_n(&modules_generation, __ATOMIC_ACQUIRE);

	if (memo->generation != generation) {
		memo->generation = generation;
		forget(memo);
	}
	if (memo->until_look == 0)
		look_at_hit_rate(memo);
}

static void learn_one(struct memo *memo, uintptr_t pc, struct cfi_work *work, int tid)
{
	struct memo_hint *hint = memo_hint(memo, pc);
	struct rule rule;

	if (hint->pc == pc)
		return;
	rule = rules_find(pc, false, work, tid);
	*hint = (struct memo_hint){
		.pc = pc,
		.cfa_words = rule.cfa_words,
		.rbp_words = rule.rbp_words,
		.kind = rule.kind == RULE_NONE ? RULE_IRREGULAR : rule.kind,
	};
}

void memo_learn(struct memo *memo, const struct anchor *anchor, const struct stack_bounds *bounds,
		struct cfi_work *work, int tid)
{
	uintptr_t sp = anchor->cfa, rbp = anchor->rbp, near;

	if (sp - bounds->low >= bounds->high - bounds->low)
		return;
	learn_one(memo, anchor->ret, work, tid);
	near = memo_next(memo, anchor->ret, &sp, &rbp, bounds);
	if (near)
		learn_one(memo, near, work, tid);
}

static bool pack(const struct mirror *m, uintptr_t cfa, uint64_t *value, uint32_t room)
{
	int32_t *words = (int32_t *)(value + room);
	uint32_t n = 0;

	for (uint32_t i = m->deps_count; i-- > 0;) {
		int64_t distance = (int64_t)(m->deps[i].slot - cfa) / 8;

		if (!m->deps[i].slot)
			continue;
		if (distance != (int32_t)distance)
			return false;
		value[n] = m->deps[i].value;
		words[n++] = (int32_t)distance;
	}
	if (n < room) {
		value[n] = value[n - 1];
		words[n] = words[n - 1];
	}
	return true;
}

static uint32_t valid_deps(const struct mirror *m)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < m->deps_count; i++)
		n += m->deps[i].slot != 0;
	return n;
}

/* A stretch of the ring that does not wrap. */
static uint64_t ring_room(struct memo *memo, uint32_t count)
{
	uint32_t offset = memo->head & (memo->ring_words - 1);

	if (offset + count > memo->ring_words)
		memo->head += memo->ring_words - offset;
	return memo->head;
}

void memo_store(struct memo *memo, const struct anchor *anchor, uint64_t hash,
		const struct walk *walk, struct tide_record *record)
{
	struct memo_entry *set = memo_set(memo, hash);
	struct memo_entry *entry = set[0].at <= set[1].at ? &set[0] : &set[1];
	uint32_t count = (valid_deps(&walk->mirror) + 1) & ~1u;
	uint64_t at;

	if (walk->cannot_repeat || count > memo->ring_words / 4)
		return;
	at = ring_room(memo, memo_words(count));
	/* First: a failing pack has overwritten old entries too. */
	memo->head = at + memo_words(count);
	if (!pack(&walk->mirror, anchor->cfa, &memo->ring[at & (memo->ring_words - 1)], count))
		return;
	/* A handler may jump out at any point: the entry is void until it is whole. */
	entry->cfa = 0;
	barrier();
	entry->ret = anchor->ret;
	entry->rbp = anchor->rbp;
	entry->record = record;
	entry->at = at;
	entry->count = (uint16_t)count;
	entry->uses_rbp = walk->uses_rbp;
	barrier();
	entry->cfa = anchor->cfa;
}
