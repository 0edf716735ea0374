/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The stacks of ended threads, which libc keeps for new ones: dead memory, full of stale pointers.
 * For roots.c.
 *
 * libc's descriptor of a thread lies at the upper end of its stack and is an item of a list whose
 * head, in the dynamic linker's data, has the head of the list of kept stacks beside it.  All that
 * is taken for granted is checked; where it does not hold, kept stacks stay roots.
 */
#ifndef SRC_SCAN_KEPT_STACKS_H
#define SRC_SCAN_KEPT_STACKS_H

#include "sys.h"

/* False when there is no room for the cuts. */
bool kept_stacks_cut(void);

#endif
