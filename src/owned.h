/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which mappings are the library's own: the leak scan takes no pointer in them for the program's.
 * The kernel merges neighbouring mappings, so they cannot be told from /proc.  Called by arena.c;
 * safe inside a hook.  What finds no place in the list is forgotten: leaks may then be missed,
 * none is invented.
 */
#ifndef SRC_OWNED_H
#define SRC_OWNED_H

#include "sys.h"

/* Page aligned. */
void owned_add(uintptr_t at, size_t bytes);
void owned_remove(uintptr_t at, size_t bytes);

/* The range with this number, below owned_count(); false when it is gone. */
uint32_t owned_count(void);
bool owned_range(uint32_t number, uintptr_t *start, uintptr_t *end);

#endif
