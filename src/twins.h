/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Some of the large blocks that are live, by size: is there one as large as this?  A fixed table
 * without locks that forgets; what it says of a live block is so.  For waste.c.  Hook-safe.
 */
#ifndef SRC_TWINS_H
#define SRC_TWINS_H

#include "sys.h"

/* The record of a live block of this size, of another record's if there is one; 0 = none known. */
uint32_t twins_find(uint32_t record, size_t bytes);

void twins_put(uintptr_t address, uint32_t record, size_t bytes);
void twins_drop(uintptr_t address, size_t bytes);

#endif
