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

/* As one word.  `exact`: pc is where a signal interrupted, not a return address. */
uint64_t rules_find_word(uintptr_t pc, bool exact, struct cfi_work *work, int tid);

static inline struct rule rules_find(uintptr_t pc, bool exact, struct cfi_work *work, int tid)
{
	return rule_unpack(rules_find_word(pc, exact, work, tid));
}

/* Every walk by frame pointers, as the user asked. */
OURS bool rules_frame_pointers;

#endif
