/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory for the library's own tables, apart from the program's heap: taken from the kernel a
 * stretch at a time, never given back except by arena_unmap, zeroed, left out of core dumps.  Safe
 * inside a hook; returns NULL when there is no memory, or a system call would be needed after
 * seccomp.
 */
#ifndef SRC_ARENA_H
#define SRC_ARENA_H

#include "sys.h"

/* Aligned to 64 bytes; to its own size when that is a power of two up to a page. */
void *arena_take(size_t bytes, int tid);

/* A mapping of its own, page aligned, that can be given back. */
void *arena_map(size_t bytes);
void arena_unmap(void *at, size_t bytes);

/* Bytes taken from the kernel so far. */
size_t arena_bytes(void);

/* Before seccomp: have a stretch in hand, so that tables can still grow a little. */
void arena_stock(int tid);

void arena_after_fork(void);

#endif
