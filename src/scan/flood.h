/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Goes from block to block along their pointers.  What a search is for is up to the callers, mark.c
 * and lost.c.
 *
 * Nearly all of the time goes into waiting for memory.  So a pointer that leads far away is put
 * into a ring, and looked at when the line that tells of it has had time to come; and blocks are
 * looked at where others that were met lie near, see pending.h.  Two share the work where there are
 * two: see crew.h.  No recursion.
 */
#ifndef SRC_SCAN_FLOOD_H
#define SRC_SCAN_FLOOD_H

#include "scan/heap.h"

struct flood_pointer {
	uintptr_t at;
	uint32_t holder; /* the block it stands in, or HEAP_NONE: it is a root */
	uintptr_t from;	 /* where a root stands, 0 = not in memory */
};

/* A pointer to a start may meet blocks in the states from `least` to `most`. */
struct flood_search {
	uint8_t least, most;
	uint8_t to;	 /* their state then, at the latest when the flood is over */
	uint32_t leader; /* their extras, if it is not HEAP_NONE */
	bool middles;	 /* one into the middle does the same; else: */
	/* Does it all the same?  May be asked by two at once. */
	bool (*is_start)(uint32_t block, const struct flood_pointer *pointer);
	/* A block is met by this pointer; NULL: nobody wants to know. */
	void (*note)(uint32_t block, const struct flood_pointer *pointer);
};

/* 0 or a negative errno value.  Breadth first where the ways to the blocks are to be short. */
int flood_begin(bool breadth_first);
void flood_end(void);

/* What all below are about from now on. */
void flood_search(const struct flood_search *search);
void flood_leader(uint32_t block);

/* The words of this block are to be looked at; false when they were. */
bool flood_add(uint32_t block);

/* Pointers from outside of the heap; words that can be read. */
void flood_from_value(uint64_t value);
void flood_from_memory(uintptr_t from, uintptr_t to);

/* From all blocks met so far. */
void flood_all(void);
/* From this one, in whatever state, of which mostly little can be reached. */
void flood_from(uint32_t block);

/* The pointers to others of each block in a state from `least` to `most`; goes no further. */
void flood_each(uint8_t least, uint8_t most);

/* The words of a block that can be read: the first run from `*from` on; false behind the last. */
bool flood_run(uint32_t block, uintptr_t *from, uintptr_t *to);

#endif
