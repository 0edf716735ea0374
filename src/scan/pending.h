/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The pages in which blocks were met whose words are yet to be looked at.  For flood.c.
 *
 * They are taken as a lift goes: up to the last one, then down again, whatever was added in
 * between.  So most of what is near is looked at together, memory is read in order, and what is to
 * be done takes a bit a page.  A bit of each group says whether there is any in it, a word of each
 * GiB where; a summary is cleared before what it sums up is taken, and set after that was.
 *
 * Two may add and take at the same time.  Each takes from every other group first.
 */
#ifndef SRC_SCAN_PENDING_H
#define SRC_SCAN_PENDING_H

#include "scan/heap.h"

/* Where one of those at work is. */
struct pending_lift {
	uint64_t mask; /* of the groups, by 64: those it takes */
	uint32_t slot; /* of the region */
	uint32_t group;
	bool down;
};

/* 0 or a negative errno value. */
int pending_begin(void);
void pending_end(void);

void pending_add_slow(struct heap_group *group, uintptr_t at, uint64_t page);

static inline void pending_add(struct heap_group *group, uintptr_t at)
{
	uint64_t page = (uint64_t)1 << heap_page_of(at);

	if (!(__atomic_load_n(&group->pending, __ATOMIC_RELAXED) & page))
		pending_add_slow(group, at, page);
}

/* The next group in which there is any, and where it begins; NULL when there is none. */
struct heap_group *pending_next(struct pending_lift *lift, uintptr_t *start);

bool pending_any(void);

/* All pages of the group that are pending, as bits. */
static inline uint64_t pending_take(struct heap_group *group)
{
	if (!__atomic_load_n(&group->pending, __ATOMIC_RELAXED))
		return 0;
	return __atomic_exchange_n(&group->pending, 0, __ATOMIC_SEQ_CST);
}

#endif
