/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the C library's malloc keeps its memory: none of it is a root, for what it has back is full
 * of stale pointers.  What cannot be told apart stays a root: leaks may be missed then, none is
 * invented.  For worker.c.
 *
 * The layouts looked at are those of glibc 2.27 to 2.41; each is checked before it is believed.
 */
#ifndef SRC_SCAN_MALLOC_MEMORY_H
#define SRC_SCAN_MALLOC_MEMORY_H

#include "sys.h"

/*
 * Cut out malloc's memory, and with it all that was got by brk; the blocks and the areas must be
 * there.  With `loose`, the live blocks alone: other blocks of malloc's, not in the books, may hold
 * pointers.  False: no room.
 */
bool malloc_memory_cut(uintptr_t libc_start, uintptr_t libc_end, bool loose);

/* Of what was got by brk malloc's alone, chunk by chunk: not for `loose`. */
bool malloc_memory_cut_break(uintptr_t libc_start, uintptr_t libc_end);

#endif
