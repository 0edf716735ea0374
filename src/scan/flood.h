/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Goes from block to block along their pointers.  What is done with each pointer is up to the
 * callers, mark.c and lost.c.
 *
 * Nearly all of the time goes into waiting for memory, so nothing is looked at when it is met.  A
 * pointer goes through a ring in steps, each of which fetches what the next one reads; so does a
 * block whose words are to be looked at.  Two share the work where there are two: see crew.h.
 *
 * No recursion; the work lists lie in the blocks' links.
 */
#ifndef SRC_SCAN_FLOOD_H
#define SRC_SCAN_FLOOD_H

#include "scan/heap.h"

struct flood_pointer {
	struct heap_look look;
	uint32_t holder; /* the block it stands in, or HEAP_NONE: it is a root */
	uintptr_t from;	 /* where a root stands, 0 = not in memory */
};

/* What one of those at work has for itself. */
struct flood;

/* A pointer leads into this block, perhaps: heap_holds says.  May be called by both at once. */
typedef void flood_meet(struct flood *f, const struct flood_pointer *pointer);

/* Breadth first where the ways to the blocks are to be short. */
void flood_begin(bool breadth_first);
/* Of the one that is at work outside of a flood. */
struct flood *flood_first(void);

/* The words of this block are to be looked at: once for each block and search. */
void flood_add(struct flood *f, uint32_t block);

/* Pointers from outside of the heap; words that can be read. */
void flood_from_value(uint64_t value, flood_meet *meet);
void flood_from_memory(uintptr_t from, uintptr_t to, flood_meet *meet);

/* From all blocks added; returns when no pointer is underway. */
void flood_all(flood_meet *meet);
/* From this one, of which mostly little can be reached. */
void flood_from(uint32_t block, flood_meet *meet);

/* The pointers to others of each block in a state from `least` to `most`; goes no further. */
void flood_each(uint32_t least, uint32_t most, flood_meet *meet);

/* Another search begins: what was met before may be met again. */
void flood_again(void);

/* The words of a block that can be read: the first run from `*from` on; false behind the last. */
bool flood_run(uint32_t block, uintptr_t *from, uintptr_t *to);

#endif
