/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "memo.h"

#include "arena.h"
#include "index.h"
#include "profile.h"

#define WAYS 2u
#define LOOK_EVERY 4096u /* look-ups between two looks at the hit rate */
#define GROW_AT 16u      /* grow when one look-up in so many misses */
#define VALUE_BITS 48

static void place(struct memo *memo, void *room, uint32_t sets, uint32_t ring_words)
{
	memo->entries = room;
	memo->ring = (uint64_t *)(memo->entries + (size_t)sets * WAYS);
	memo->sets = sets;
	memo->ring_words = ring_words;
	memo->head = ring_words;
	memo->lookups = memo->misses = 0;
}

void memo_begin(struct memo *memo, void *first_room)
{
	place(memo, first_room, MEMO_SETS_FIRST, MEMO_RING_FIRST);
	memo->mapped_bytes = 0;
}

static void forget(struct memo *memo)
{
	__builtin_memset(memo->entries, 0, (size_t)memo->sets * WAYS * sizeof(*memo->entries));
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
	uint32_t sets = memo->sets * 4, ring_words = memo->ring_words * 4;
	size_t bytes = (size_t)sets * WAYS * sizeof(struct memo_entry) + (size_t)ring_words * 8;
	void *room;

	if (bytes > MEMO_BYTES_MOST)
		return;
	room = arena_map(bytes);
	if (!room)
		return;
	if (memo->mapped_bytes)
		arena_unmap(memo->entries, memo->mapped_bytes);
	else
		forget(memo);
	place(memo, room, sets, ring_words);
	memo->mapped_bytes = bytes;
}

static void look_at_hit_rate(struct memo *memo)
{
	uint32_t misses = memo->misses;

	__atomic_fetch_add(&profile.header->memo_misses, misses, __ATOMIC_RELAXED);
	memo->lookups = memo->misses = 0;
	if (misses > LOOK_EVERY / GROW_AT)
		grow(memo);
}

static bool in(const struct stack_bounds *bounds, uintptr_t at)
{
	return at - bounds->low < bounds->high - bounds->low && !(at & 7);
}

/* One regular frame outward; the slot of its return address, 0 when it is not so simple. */
static inline uintptr_t next_slot(uintptr_t pc, uintptr_t *sp, uintptr_t *rbp,
				  const struct stack_bounds *bounds, struct cfi_work *work, int tid)
{
	struct rule rule = rules_find(pc, false, work, tid);
	uintptr_t cfa;

	if (rule.kind == RULE_RSP)
		cfa = *sp + 8 * (uintptr_t)rule.cfa_words;
	else if (rule.kind == RULE_RBP)
		cfa = *rbp + 8 * (uintptr_t)rule.cfa_words;
	else
		return 0;
	if (cfa <= *sp || !in(bounds, cfa - 8))
		return 0;
	if (rule.rbp_words) {
		uintptr_t slot = cfa - 8 * (uintptr_t)rule.rbp_words;

		if (slot < *sp)
			return 0;
		*rbp = *(uintptr_t *)slot;
	}
	*sp = cfa;
	return cfa - 8;
}

struct memo_key memo_key(const struct anchor *anchor, const struct stack_bounds *bounds,
			 struct cfi_work *work, int tid)
{
	struct memo_key key = { 0, 0 };
	uintptr_t sp = anchor->cfa, rbp = anchor->rbp, slot;

	if (!in(bounds, sp))
		return key;
	slot = next_slot(anchor->ret, &sp, &rbp, bounds, work, tid);
	if (!slot)
		return key;
	key.near = *(uintptr_t *)slot;
	slot = next_slot(key.near, &sp, &rbp, bounds, work, tid);
	if (slot)
		key.far = *(uintptr_t *)slot;
	return key;
}

static struct memo_entry *set_of(const struct memo *memo, const struct anchor *anchor,
				 struct memo_key key)
{
	uint64_t hash = (anchor->ret ^ (anchor->cfa << 20)) * 0x9e3779b97f4a7c15u;

	hash = (hash ^ key.near ^ (key.far << 24)) * 0xd6e8feb86659fd93u;
	return &memo->entries[(hash >> 40 & (memo->sets - 1)) * WAYS];
}

/* From the innermost slot outward, each match proving that the next slot exists. */
static bool holds(const struct memo *memo, const struct memo_entry *entry)
{
	const uint64_t *dep = &memo->ring[entry->at & (memo->ring_words - 1)];
	uintptr_t slot = entry->cfa;

	for (unsigned i = 0; i < entry->count; i++) {
		slot += (uintptr_t)((int64_t)dep[i] >> VALUE_BITS) * 8;
		if (*(const uint64_t *)slot != (dep[i] & (((uint64_t)1 << VALUE_BITS) - 1)))
			return false;
	}
	return true;
}

static inline bool fits(const struct memo *memo, const struct memo_entry *entry,
			const struct anchor *anchor, struct memo_key key)
{
	return entry->ret == anchor->ret && entry->cfa == anchor->cfa && entry->near == key.near &&
	       entry->far == key.far && (!entry->uses_rbp || entry->rbp == anchor->rbp) &&
	       memo->head - entry->at <= memo->ring_words && holds(memo, entry);
}

struct tide_record *memo_find(struct memo *memo, const struct anchor *anchor, struct memo_key key)
{
	uint32_t generation = __atomic_load_n(&modules_generation, __ATOMIC_ACQUIRE);
	struct memo_entry *set;

	if (unlikely(memo->generation != generation)) {
		memo->generation = generation;
		forget(memo);
	}
	if (unlikely(++memo->lookups == LOOK_EVERY))
		look_at_hit_rate(memo);
	set = set_of(memo, anchor, key);
	for (unsigned i = 0; i < WAYS; i++)
		if (fits(memo, &set[i], anchor, key))
			return set[i].record;
	memo->misses++;
	return NULL;
}

static bool pack(const struct walk *walk, uintptr_t slot, uint64_t *ring)
{
	for (uint32_t i = 0; i < walk->deps_count; i++) {
		int64_t words = (int64_t)(walk->deps[i].slot - slot) / 8;

		if (words != (int16_t)words || walk->deps[i].value >> VALUE_BITS)
			return false;
		ring[i] = (uint64_t)words << VALUE_BITS | walk->deps[i].value;
		slot = walk->deps[i].slot;
	}
	return true;
}

/* A stretch of the ring that does not wrap. */
static uint64_t ring_room(struct memo *memo, uint32_t count)
{
	uint32_t offset = memo->head & (memo->ring_words - 1);

	if (offset + count > memo->ring_words)
		memo->head += memo->ring_words - offset;
	return memo->head;
}

void memo_store(struct memo *memo, const struct anchor *anchor, struct memo_key key,
		const struct walk *walk, struct tide_record *record)
{
	struct memo_entry *set = set_of(memo, anchor, key);
	struct memo_entry *entry = set[0].at <= set[1].at ? &set[0] : &set[1];
	uint64_t at;

	if (walk->cannot_repeat || walk->deps_count > memo->ring_words / 4)
		return;
	at = ring_room(memo, walk->deps_count);
	/* First: a failing pack has overwritten old entries too. */
	memo->head = at + walk->deps_count;
	if (!pack(walk, anchor->cfa, &memo->ring[at & (memo->ring_words - 1)]))
		return;
	*entry = (struct memo_entry){
		.ret = anchor->ret,
		.cfa = anchor->cfa,
		.near = key.near,
		.far = key.far,
		.rbp = anchor->rbp,
		.record = record,
		.at = at,
		.count = (uint16_t)walk->deps_count,
		.uses_rbp = walk->uses_rbp,
	};
}
