/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Verified memo of one thread: which record a call belongs to, if everything that its walk depended
 * on still holds (see walk.h).  A hit costs about a nanosecond a frame and no walk.
 *
 * The key is the hook's return address and stack pointer, and two words of the stack: the return
 * addresses beyond, where `hints` say that they can be had by a load each.  They tell apart the
 * callers of a common wrapper; they need not be right, only the same for the same stack.  Entries
 * are two to a set; the dependencies lie in a ring, first the values and then where they stand, as
 * distances from the stack pointer; an entry whose part of the ring has been overwritten is void.
 *
 * Used by its own thread only.  Grows, by four, while misses are frequent.
 */
#ifndef SRC_MEMO_H
#define SRC_MEMO_H

#include "walk.h"

#define MEMO_BYTES_MOST ((size_t)4 << 20)
#define MEMO_WAYS	2u
#define MEMO_HINTS	256u
#define MEMO_RECENT	64u
#define MEMO_LOOK_EVERY 4096u /* look-ups between two looks at the hit rate */

struct memo_entry {
	uintptr_t ret, cfa;
	uintptr_t rbp; /* compared when uses_rbp */
	struct tide_record *record;
	uint64_t at;	/* position in the ring, counted for ever */
	uint16_t count; /* of dependencies; even */
	bool uses_rbp;
};

/* Where the next return address stands, for a frame with a simple rule. */
struct memo_hint {
	uintptr_t pc;
	uint32_t cfa_words;
	uint16_t rbp_words;
	uint8_t kind; /* enum rule_kind */
};

_Static_assert(sizeof(struct memo_entry) == 48, "memo_entry");
_Static_assert(sizeof(struct memo_hint) == 16, "memo_hint");

struct memo {
	struct memo_entry *entries;
	uint64_t *ring;
	uint64_t head;
	uint32_t sets_mask;
	uint32_t ring_words;
	uint32_t generation; /* of the modules */
	uint32_t until_look; /* look-ups until the hit rate is looked at */
	uint32_t misses;     /* since then */
	uint32_t rarely;     /* store one stack in so many; a power of two */
	uint32_t unstored;
	size_t mapped_bytes; /* 0 = still in the first, built-in room */
	/*
	 * What last fitted this return address and stack pointer: saves the way through the hash.
	 */
	const struct memo_entry *recent[MEMO_RECENT];
	struct memo_hint hints[MEMO_HINTS];
};

/* The room of the beginning lies with the thread. */
#define MEMO_SETS_FIRST 128u
#define MEMO_RING_FIRST 4096u
#define MEMO_FIRST_BYTES \
	(MEMO_SETS_FIRST * MEMO_WAYS * sizeof(struct memo_entry) + MEMO_RING_FIRST * 8)

void memo_begin(struct memo *memo, void *first_room);

/* Forget what another generation of modules has taught, and see whether the memo should grow. */
void memo_look(struct memo *memo);

/* Learn the hints for this stack: after a miss, before memo_hash is asked again for memo_store. */
void memo_learn(struct memo *memo, const struct anchor *anchor, const struct stack_bounds *bounds,
		struct cfi_work *work, int tid);

/* Is the next stack to be stored?  Where few come again, most would be stored in vain. */
static inline bool memo_wants(struct memo *memo)
{
	return !(++memo->unstored & (memo->rarely - 1));
}

void memo_store(struct memo *memo, const struct anchor *anchor, uint64_t hash,
		const struct walk *walk, struct tide_record *record);

static inline struct memo_hint *memo_hint(struct memo *memo, uintptr_t pc)
{
	return &memo->hints[(pc ^ pc >> 8) & (MEMO_HINTS - 1)];
}

/* One simple frame outward: its caller's pc, 0 when that is not to be had by a load. */
static inline uintptr_t memo_next(struct memo *memo, uintptr_t pc, uintptr_t *sp, uintptr_t *rbp,
				  const struct stack_bounds *bounds)
{
	const struct memo_hint *hint = memo_hint(memo, pc);
	uintptr_t cfa, low = *sp;

	if (unlikely(hint->pc != pc || hint->kind > RULE_RBP))
		return 0;
	cfa = (hint->kind == RULE_RSP ? low : *rbp) + 8 * (uintptr_t)hint->cfa_words;
	if (unlikely(cfa <= low || cfa > bounds->high || cfa & 7))
		return 0;
	if (hint->rbp_words) {
		uintptr_t slot = cfa - 8 * (uintptr_t)hint->rbp_words;

		if (unlikely(slot < low))
			return 0;
		*rbp = *(const uintptr_t *)slot;
	}
	*sp = cfa;
	return *(const uintptr_t *)(cfa - 8);
}

static inline uint64_t memo_hash(struct memo *memo, const struct anchor *anchor,
				 const struct stack_bounds *bounds)
{
	uintptr_t sp = anchor->cfa, rbp = anchor->rbp, near = 0, far = 0;
	uint64_t hash;

	if (likely(sp - bounds->low < bounds->high - bounds->low))
		near = memo_next(memo, anchor->ret, &sp, &rbp, bounds);
	if (likely(near))
		far = memo_next(memo, near, &sp, &rbp, bounds);
	hash = (anchor->ret ^ anchor->cfa << 20) * 0x9e3779b97f4a7c15u;
	return (hash ^ near ^ far << 24) * 0xd6e8feb86659fd93u;
}

static inline struct memo_entry *memo_set(const struct memo *memo, uint64_t hash)
{
	return &memo->entries[(hash >> 40 & memo->sets_mask) * MEMO_WAYS];
}

/* Words of the ring that so many dependencies take; the count is even. */
static inline uint32_t memo_words(uint32_t count)
{
	return count + count / 2;
}

/*
 * From the innermost slot outward, each match proving that the next slot exists.  The count is
 * even: an odd one has been filled up with its last dependency.
 */
static inline bool memo_holds(const struct memo *memo, const struct memo_entry *entry)
{
	const uint64_t *value = &memo->ring[entry->at & (memo->ring_words - 1)];
	const uint64_t *end = value + entry->count;
	const int32_t *words = (const int32_t *)end;
	const uint64_t *base = (const uint64_t *)entry->cfa;

	for (; value < end; value += 2, words += 2)
		if (base[words[0]] != value[0] || base[words[1]] != value[1])
			return false;
	return true;
}

static inline bool memo_fits(const struct memo *memo, const struct memo_entry *entry,
			     const struct anchor *anchor)
{
	return entry->cfa == anchor->cfa && entry->ret == anchor->ret &&
	       (!entry->uses_rbp || entry->rbp == anchor->rbp) &&
	       memo->head - entry->at <= memo->ring_words && memo_holds(memo, entry);
}

static inline struct tide_record *memo_find_hashed(struct memo *memo, const struct anchor *anchor,
						   const struct stack_bounds *bounds,
						   const struct memo_entry **recent)
{
	const struct memo_entry *set = memo_set(memo, memo_hash(memo, anchor, bounds));

	for (unsigned i = 0; i < MEMO_WAYS; i++) {
		if (!memo_fits(memo, &set[i], anchor))
			continue;
		*recent = &set[i];
		return set[i].record;
	}
	memo->misses++;
	return NULL;
}

/* NULL when nothing fits. */
static inline struct tide_record *memo_find(struct memo *memo, const struct anchor *anchor,
					    const struct stack_bounds *bounds)
{
	const struct memo_entry **recent =
		&memo->recent[(anchor->ret ^ anchor->cfa >> 4) & (MEMO_RECENT - 1)];

	if (unlikely(memo->generation != __atomic_load_n(&modules_generation, __ATOMIC_ACQUIRE) ||
		     --memo->until_look == 0))
		memo_look(memo);
	if (likely(memo_fits(memo, *recent, anchor)))
		return (*recent)->record;
	return memo_find_hashed(memo, anchor, bounds, recent);
}

/* Give back what was mapped; everything is forgotten. */
void memo_shrink(struct memo *memo, void *first_room);

#endif
