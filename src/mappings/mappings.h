/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the program maps: by site and kind, and range by range, apart from the heap.  With
 * TIDEMARK_MMAP=1 private anonymous ones are a part of live and of the peak all the same, and the
 * peak's composition names them.
 *
 * The C library's own calls, for threads' stacks and for large blocks, do not pass by the hooks.
 * What the malloc in use maps, if it is another one, and what Python maps for its objects is of a
 * kind of its own: it is the room that blocks lie in.
 *
 * Hook-safe.  Calls nothing of libc, for the caller may be an allocator that holds its lock.
 */
#ifndef SRC_MAPPINGS_MAPPINGS_H
#define SRC_MAPPINGS_MAPPINGS_H

#include "thread.h"

/* What is mapped now is an arena of an interpreter. */
OURS __thread bool mappings_in_arena;

/* When recording begins: whose malloc is it? */
void mappings_begin(void);

/*
 * In the constructor: the first thread gets its place now, if a call of mmap could not give it one.
 */
void mappings_attach(uintptr_t frame);

/* mmap has returned `at`. */
void mappings_came(uintptr_t at, size_t bytes, int prot, int flags, int fd,
		   const struct anchor *anchor);

/*
 * Before munmap or a moving mremap: another thread may be given the addresses inside.  If the call
 * fails they come back, but for what was in more pieces than there is room here.
 */
#define MAPPINGS_PIECES 4

struct mappings_gone {
	uint32_t count;
	struct mappings_piece {
		uintptr_t start, end;
		uint32_t mapping;
	} pieces[MAPPINGS_PIECES];
};

void mappings_go(struct mappings_gone *gone, uintptr_t at, size_t bytes,
		 const struct anchor *anchor);
void mappings_came_back(const struct mappings_gone *gone, const struct anchor *anchor);

/* mremap has returned `at`: of the kind that went, if that was known. */
void mappings_moved(const struct mappings_gone *gone, uintptr_t at, size_t bytes,
		    const struct anchor *anchor);

/* Look which ranges there are, as if they went. */
void mappings_peek(struct mappings_gone *gone, uintptr_t at, size_t bytes);

/* mprotect has let the program at them: what was reserved is memory now. */
void mappings_opened(uintptr_t at, size_t bytes, const struct anchor *anchor);

/* How much of live, and of its blocks, are mappings. */
int64_t mappings_counted_bytes(void);
int64_t mappings_counted_ranges(void);

/* In a forked child, which has them all. */
void mappings_after_fork(void);

#endif
