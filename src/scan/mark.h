/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which blocks can be reached, and how: the classes of a leak scan.  For worker.c.
 *
 * First everything that a chain of pointers to starts leads to from a root; then, from the blocks
 * of which only the middle was met on the way, everything else that can be reached; the rest is
 * lost, and sorted by lost.c.
 */
#ifndef SRC_SCAN_MARK_H
#define SRC_SCAN_MARK_H

#include <tidemark/profile.h>

#include "scan/heap.h"

/* Below MARK_REACHABLE nothing is settled yet. */
enum mark_state {
	MARK_NOT_MET,
	MARK_POINTED_AT, /* lost, and so is what points to it */
	MARK_CANDIDATE,	 /* of these: nothing before it leads to it */
	MARK_SEARCHED,
	MARK_MIDDLE_MET, /* by a pointer into its middle */
	MARK_REACHABLE,
	MARK_POSSIBLE,
	MARK_INDIRECT, /* extras: its leader */
	MARK_LEADER,
};

/* What holds a block: another block's number, or one of the roots that were noted. */
#define MARK_IS_ROOT 0x80000000u

struct mark_root {
	uintptr_t address; /* of the pointer; 0 = register */
	uint64_t detail;   /* bytes of struct tide_holder */
	uint32_t kind;	   /* enum tide_holder_kind */
	uint32_t where;
};

/* Roots are noted only where holders are wanted.  0 or a negative errno value. */
int mark_begin(bool holders);
void mark_end(void);
const struct mark_root *mark_root(uint32_t number);

/* Words of memory that can be read, each a root. */
void mark_from_memory(uintptr_t from, uintptr_t to);
void mark_from_value(uint64_t value, const struct mark_root *root);
/* The block itself, whatever points to it. */
void mark_block(uint32_t block, const struct mark_root *root);

/* Follow pointers to starts; is nothing left? */
bool mark_reach(void);
/* Follow all pointers, then sort what is left. */
void mark_all(void);

/* From this block on the first that is not reachable; heap.count when there is none. */
static inline uint32_t mark_next(uint32_t block)
{
	return heap_next_not(block, MARK_REACHABLE);
}

/* The class of a block, when all is done. */
enum tide_leak_class mark_class(uint32_t block);

#endif
