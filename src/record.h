/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the hooks report: a block has come, a block is about to go.  Hook-safe; errno is not
 * touched.
 */
#ifndef SRC_RECORD_H
#define SRC_RECORD_H

#include "blocks.h"
#include "walk.h"

/* After the real allocator has returned `address`. */
void record_alloc(const void *address, size_t bytes, const struct anchor *anchor);

/* Before the real free of an address that is not NULL. */
void record_free(const void *address, const struct anchor *anchor);

/*
 * realloc in two halves: the old block leaves the table before the real call, for another thread
 * may be given its address inside; the counters move once, when it is known how the call ended.
 */
struct record_realloc {
	struct block old;
	uintptr_t address; /* of the old block */
	bool known;
};

void record_realloc_begin(struct record_realloc *r, const void *old, const struct anchor *anchor);
void record_realloc_done(const struct record_realloc *r, const void *address, size_t bytes,
			 const struct anchor *anchor);
void record_realloc_freed(const struct record_realloc *r, const struct anchor *anchor);
void record_realloc_failed(const struct record_realloc *r, const void *old,
			   const struct anchor *anchor);

/* Has this thread's last allocation event been this very block?  Tells operator new that the malloc
 * below it was seen. */
bool record_was_last(const void *address);

/* operator delete has reported this block: the free below it is not another event. */
void record_expect_free(const void *address);

#endif
