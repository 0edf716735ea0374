/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Verified memo of one thread: which record a call belongs to, if everything that its walk depended
 * on still holds (see walk.h).  A hit costs about a nanosecond a frame and no walk.
 *
 * A decision tree over the words of the stack.  The first entry for a return address and stack
 * pointer at the hook holds the dependencies of the stack that came first.  Where another stack
 * differs from it, the entry, the position of the first difference and the word that stands there
 * lead to the next entry, which holds the dependencies beyond.  So each word is compared once, two
 * stacks are told apart wherever they part, and what they share near malloc is stored once.
 *
 * When there is no room left, all is forgotten; where misses were frequent, there is four times the
 * room then.  Where there can be no more and hardly a stack has come again, it rests: a walk that
 * begins at once is cheaper than one after a look-up in vain.  Used by its own thread only.
 */
#ifndef SRC_MEMO_H
#define SRC_MEMO_H

#include <emmintrin.h>

#include "walk.h"

#define MEMO_WAYS 4u /* entries that share a place in the table */

#define MEMO_POSITION_BITS 16
#define MEMO_BRANCH	   ((uint64_t)1 << 63) /* no stack pointer has this bit */

#define MEMO_TAG_SHIFT 24
#define MEMO_NUMBER    ((1u << MEMO_TAG_SHIFT) - 1)

/*
 * first and second are the return address and the stack pointer, or the word that stands where
 * another entry differs, and MEMO_BRANCH | entry << MEMO_POSITION_BITS | position.
 */
struct memo_key {
	uint64_t first, second;
};

struct memo_entry {
	struct memo_key key;
	struct tide_record *record;
	uint32_t at;	/* of its dependencies, in words: the values, then their distances */
	uint16_t skip;	/* dependencies that have been compared on the way here */
	uint16_t count; /* of its own; even: an odd one is filled up with its last */
};

_Static_assert(sizeof(struct memo_entry) == 32, "memo_entry");

struct memo {
	struct memo_entry *entries; /* the first is not used */
	uint32_t *table;	    /* tag << MEMO_TAG_SHIFT | entry; 0 = free */
	uint64_t *words;
	uint32_t table_shift;
	uint32_t entries_used, entries_most;
	uint32_t words_used, words_most;
	uint32_t generation;	  /* of the modules; MEMO_RESTS */
	uint32_t lookups, misses; /* since it was empty */
	uint32_t rest;		  /* look-ups until it is used again */
	uint32_t rest_next;	  /* how long it will rest when it has been in vain again */
	struct memo_key missed;	  /* by the last look-up that failed */
	size_t mapped_bytes;	  /* 0 = still in the first, built-in room */
};

/* The room of the beginning lies with the thread. */
#define MEMO_ENTRIES_FIRST     256u
#define MEMO_WORDS_OF(entries) ((entries)*16u)
#define MEMO_BYTES_OF(entries)                                                    \
	((size_t)(entries) * (sizeof(struct memo_entry) + 2 * sizeof(uint32_t)) + \
	 (size_t)MEMO_WORDS_OF(entries) * sizeof(uint64_t))
#define MEMO_FIRST_BYTES MEMO_BYTES_OF(MEMO_ENTRIES_FIRST)

void memo_begin(struct memo *memo, void *first_room);

#define MEMO_RESTS UINT32_MAX /* no generation */

/* Forget what another generation of modules has taught.  False while it rests. */
bool memo_renew(struct memo *memo);

/* After a miss, and before the next look-up; overwrites walk->deps. */
void memo_store(struct memo *memo, const struct anchor *anchor, struct walk *walk,
		struct tide_record *record);

static inline uint64_t memo_hash(struct memo_key key)
{
	return (key.first ^ (key.second << 20 | key.second >> 44)) * 0x9e3779b97f4a7c15u;
}

static inline uint32_t *memo_set(const struct memo *memo, uint64_t hash)
{
	return memo->table + (hash >> memo->table_shift) * MEMO_WAYS;
}

/* Never 0 with the number of an entry. */
static inline uint32_t memo_tag(uint64_t hash)
{
	return (uint32_t)(hash >> 8 | 1) << MEMO_TAG_SHIFT;
}

/* NULL when there is none. */
static inline const struct memo_entry *memo_entry(const struct memo *memo, struct memo_key key)
{
	uint64_t hash = memo_hash(key);
	const uint32_t *set = memo_set(memo, hash);
	__m128i tags = _mm_srli_epi32(_mm_load_si128((const __m128i *)set), MEMO_TAG_SHIFT);
	__m128i wanted = _mm_set1_epi32((int)(memo_tag(hash) >> MEMO_TAG_SHIFT));
	unsigned same = (unsigned)_mm_movemask_ps(_mm_castsi128_ps(_mm_cmpeq_epi32(tags, wanted)));

	for (; same; same &= same - 1) {
		uint32_t number = set[__builtin_ctz(same)] & MEMO_NUMBER;
		const struct memo_entry *entry = &memo->entries[number];

		if (likely(entry->key.first == key.first && entry->key.second == key.second))
			return entry;
	}
	return NULL;
}

/* Of its own dependencies, in words from the stack pointer. */
static inline const int32_t *memo_distances(const struct memo *memo, const struct memo_entry *entry)
{
	return (const int32_t *)(&memo->words[entry->at] + entry->count);
}

/*
 * How many of the entry's dependencies hold, from the innermost slot outward: each match proves
 * that the next slot exists.
 */
static inline uint32_t memo_holds(const struct memo *memo, const struct memo_entry *entry,
				  const uint64_t *base)
{
	const uint64_t *value = &memo->words[entry->at];
	const int32_t *distance = memo_distances(memo, entry);
	uint32_t count = entry->count;

	for (uint32_t i = 0; i < count; i += 2) {
		if (base[distance[i]] != value[i])
			return i;
		if (base[distance[i + 1]] != value[i + 1])
			return i + 1;
	}
	return count;
}

/* Of the entry for stacks that differ from this one after so many of its own dependencies. */
static inline struct memo_key memo_key_beyond(const struct memo *memo,
					      const struct memo_entry *entry, uint32_t holds,
					      const uint64_t *base)
{
	return (struct memo_key){
		.first = base[memo_distances(memo, entry)[holds]],
		.second = MEMO_BRANCH | (uint64_t)(entry - memo->entries) << MEMO_POSITION_BITS |
			  (entry->skip + holds),
	};
}

/* NULL when this stack is not there. */
static inline struct tide_record *memo_find(struct memo *memo, const struct anchor *anchor)
{
	const uint64_t *base = (const uint64_t *)anchor->cfa;
	struct memo_key key = { anchor->ret, anchor->cfa };
	const struct memo_entry *entry;

	if (unlikely(memo->generation != __atomic_load_n(&modules_generation, __ATOMIC_ACQUIRE)) &&
	    !memo_renew(memo))
		return NULL;
	memo->lookups++;
	while (likely(entry = memo_entry(memo, key))) {
		uint32_t holds = memo_holds(memo, entry, base);

		if (likely(holds == entry->count))
			return entry->record;
		key = memo_key_beyond(memo, entry, holds, base);
	}
	memo->missed = key;
	return NULL;
}

/*
 * Where the words lie that a look-up of this stack compares, in words from the stack pointer: how
 * many, more than `most` when they do not fit or the stack is not there.
 */
uint32_t memo_trace(const struct memo *memo, const struct anchor *anchor, int32_t *distances,
		    uint32_t most);

/* Give back what was mapped; everything is forgotten. */
void memo_shrink(struct memo *memo, void *first_room);

#endif
