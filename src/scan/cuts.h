/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Ranges of memory that are no roots: malloc's, the library's own, the dead parts of stacks.
 * For the other files of scan/.  Never a whole mapping, for the kernel merges neighbours.
 */
#ifndef SRC_SCAN_CUTS_H
#define SRC_SCAN_CUTS_H

#include "sys.h"

/* 0 or a negative errno value. */
int cuts_begin(void);
void cuts_end(void);
void cuts_clear(void);

/* False when there is no room left. */
bool cuts_add(uintptr_t start, uintptr_t end);

/* The same, in address order: joined to the last one where less than a page lies between. */
bool cuts_add_block(uintptr_t start, uintptr_t end);

/* Put them in order; none may be added any more. */
void cuts_sort(void);

/* Narrows [from, to) to its first part that is in no cut; false when there is none. */
bool cuts_outside(uintptr_t *from, uintptr_t *to);

#endif
