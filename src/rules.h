/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How to step out of the frame at a code address, learned once from the unwind tables and shared by
 * all threads: a lossy, lock-free table.  What is lost is learned again.
 *
 * A rule is one word, a key another.  A writer reserves the key, stores the rule, then the key; a
 * reader takes the key before and after the rule.  The key holds the generation of the modules, so
 * that unloading one voids every rule at once.
 */
#ifndef SRC_RULES_H
#define SRC_RULES_H

#include "cfi.h"

enum rule_kind {
	RULE_NONE,	/* could not be learned: no room in the recording */
	RULE_RSP,	/* CFA = stack pointer + offset */
	RULE_RBP,	/* CFA = rbp + offset */
	RULE_END,	/* outermost frame */
	RULE_GUESS,	/* no table: follow the frame pointer */
	RULE_IRREGULAR, /* anything else: step by cfi_step with every register */
};

struct rule {
	uint32_t frame;	    /* number in the recording */
	uint32_t cfa_words; /* offset of the CFA */
	uint16_t rbp_words; /* rbp was saved this far below the CFA; 0 = not saved */
	uint8_t kind;
};

#define RULE_FRAME_BITS 24
#define RULE_CFA_BITS	20
#define RULE_RBP_BITS	12
#define RULE_KIND_SHIFT (RULE_FRAME_BITS + RULE_CFA_BITS + RULE_RBP_BITS)

static inline struct rule rule_unpack(uint64_t word)
{
	return (struct rule){
		.frame = word & ((1u << RULE_FRAME_BITS) - 1),
		.cfa_words = word >> RULE_FRAME_BITS & ((1u << RULE_CFA_BITS) - 1),
		.rbp_words = word >> (RULE_FRAME_BITS + RULE_CFA_BITS) &
			     ((1u << RULE_RBP_BITS) - 1),
		.kind = (uint8_t)(word >> RULE_KIND_SHIFT),
	};
}

#define RULES_WAYS 4u

struct rules_entry {
	uint64_t key;
	uint64_t rule;
};

struct rules_table {
	uint32_t buckets;
	uint32_t inserted;
	struct rules_entry *entries;
};

OURS struct rules_table *rules_table; /* NULL before the first rule */

#define RULES_EXACT ((uint64_t)1 << 47)

static inline uint64_t rules_key(uintptr_t pc, bool exact)
{
	uint64_t generation = __atomic_load_n(&modules_generation, __ATOMIC_ACQUIRE);

	return (pc & (RULES_EXACT - 1)) | (exact ? RULES_EXACT : 0) | generation << 48;
}

static inline struct rules_entry *rules_bucket(const struct rules_table *table, uint64_t key)
{
	uint64_t hash = (key & (RULES_EXACT - 1)) * 0x9e3779b97f4a7c15u;

	return &table->entries[(hash >> 32 & (table->buckets - 1)) * RULES_WAYS];
}

/* As one word, learned if need be. */
uint64_t rules_find_slow(uintptr_t pc, bool exact, struct cfi_work *work, int tid);

/* `exact`: pc is where a signal interrupted, not a return address. */
static __attribute__((always_inline)) inline struct rule rules_find(uintptr_t pc, bool exact,
								    struct cfi_work *work, int tid)
{
	const struct rules_table *table = __atomic_load_n(&rules_table, __ATOMIC_ACQUIRE);
	uint64_t key = rules_key(pc, exact), word;
	const struct rules_entry *bucket;

	if (unlikely(!table))
		return rule_unpack(rules_find_slow(pc, exact, work, tid));
	bucket = rules_bucket(table, key);
	for (unsigned i = 0; i < RULES_WAYS; i++) {
		if (__atomic_load_n(&bucket[i].key, __ATOMIC_ACQUIRE) != key)
			continue;
		word = __atomic_load_n(&bucket[i].rule, __ATOMIC_ACQUIRE);
		if (likely(__atomic_load_n(&bucket[i].key, __ATOMIC_RELAXED) == key))
			return rule_unpack(word);
	}
	return rule_unpack(rules_find_slow(pc, exact, work, tid));
}

/* Every walk by frame pointers, as the user asked. */
OURS bool rules_frame_pointers;

#endif
