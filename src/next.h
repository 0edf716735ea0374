/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The allocator behind us: the functions that the program would have called without the library.
 *
 * dlsym itself allocates, so until the table is filled blocks come from a small static pool; they
 * are recognised for ever after by their address.  Safe inside a hook once next_ready is true.
 */
#ifndef SRC_NEXT_H
#define SRC_NEXT_H

#include <pthread.h>

#include "sys.h"

struct next {
	void *(*malloc)(size_t);
	void *(*calloc)(size_t, size_t);
	void *(*realloc)(void *, size_t);
	void *(*reallocarray)(void *, size_t, size_t);
	void (*free)(void *);
	int (*posix_memalign)(void **, size_t, size_t);
	void *(*aligned_alloc)(size_t, size_t);
	void *(*memalign)(size_t, size_t);
	void *(*valloc)(size_t);
	void *(*pvalloc)(size_t);
	size_t (*usable_size)(void *);
	int (*pthread_create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
	int (*thrd_create)(void *, void *(*)(void *), void *);
};

OURS struct next next;
OURS bool next_ready;

/* Fill the table; may be called again from within itself, then it does nothing. */
void next_resolve(void);

/* A later symbol of this name in search order, libstdc++'s above all; NULL when there is none. */
void *next_symbol(const char *name);

/* Is the next malloc the C library's own? */
bool next_is_libc(void);

/* The pool of the first moments. */
void *next_boot_take(size_t bytes, size_t align);
size_t next_boot_bytes(const void *at);

OURS char next_boot_pool[];
#define NEXT_BOOT_BYTES ((size_t)64 << 10)

static inline bool next_is_boot(const void *at)
{
	return (uintptr_t)at - (uintptr_t)next_boot_pool < NEXT_BOOT_BYTES;
}

#endif
