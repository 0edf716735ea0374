/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The live ranges of address space that the program has mapped: ordered, none overlapping another.
 * Kept in private memory, which a forked child finds as it was, with a copy in the recording for
 * readers.
 *
 * For mappings.c, which holds its lock around every call.  Hook-safe.
 */
#ifndef SRC_MAPPINGS_RANGES_H
#define SRC_MAPPINGS_RANGES_H

#include "sys.h"

#define RANGES_MOST (1u << 17) /* the kernel's own limit is half of that, unless raised */

struct range {
	uintptr_t start, end;
	uint32_t mapping;
	uint32_t slot; /* its copy's number in the recording */
};

/* Enter a range that overlaps none; false when there is no room (counted). */
bool ranges_add(uintptr_t start, uintptr_t end, uint32_t mapping, int tid);

/* A piece of a range has gone; by how many the number of ranges has grown or shrunk. */
typedef void ranges_gone(void *context, const struct range *piece, int ranges);

/* Take out all that lies in [start, end). */
void ranges_cut(uintptr_t start, uintptr_t end, ranges_gone *gone, void *context, int tid);

/* The first piece of a range in [start, end); false when there is none. */
bool ranges_first(uintptr_t start, uintptr_t end, struct range *piece);

typedef void ranges_visit(void *context, const struct range *range);
void ranges_each(ranges_visit *visit, void *context);

/* In a forked child: write the copies anew; with `broken` an update was cut short by the fork. */
void ranges_after_fork(bool broken);

#endif
