/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where pointers may be that keep a block: writable memory that is nobody's heap, registers, and
 * what the dynamic linker has allocated.  For worker.c, and for mark.c to say what a root is.
 */
#ifndef SRC_SCAN_ROOTS_H
#define SRC_SCAN_ROOTS_H

#include "scan/mark.h"

/* Cut out what is no root beside malloc's memory; false when there is no room. */
bool roots_cut(void);

/* Mark from all of them; the cuts must be sorted. */
void roots_mark(void);
/* From what was got by brk alone. */
void roots_mark_break(void);

/* What is at this address: fills in kind, where and detail. */
void roots_describe(uintptr_t address, struct mark_root *root);

#endif
