/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Verified memo of one thread: which record a call belongs to, if everything that its walk depended on
 * still holds (see walk.h).  A hit costs about a nanosecond a frame and no walk.
 *
 * The key is the hook's return address and stack pointer and the two return addresses beyond, which
 * tell apart the callers of a common wrapper.  Entries are two to a set; the dependencies lie in a ring,
 * eight bytes each, and an entry whose part of the ring has been overwritten is void.
 *
 * Used by its own thread only.  Grows, by four, while misses are frequent.
 */
#ifndef SRC_MEMO_H
#define SRC_MEMO_H

#include "walk.h"

#define MEMO_BYTES_MOST ((size_t)4 << 20)

struct memo_entry {
	uintptr_t ret, cfa, near, far;
	uintptr_t rbp; /* compared when uses_rbp */
	struct tide_record *record;
	uint64_t at; /* position in the ring, counted for ever */
	uint16_t count;
	bool uses_rbp;
};

_Static_assert(sizeof(struct memo_entry) == 64, "an entry is a cache line");

struct memo {
	struct memo_entry *entries;
	uint64_t *ring;
	uint32_t sets;
	uint32_t ring_words;
	uint64_t head;
	uint32_t generation; /* of the modules */
	uint32_t lookups, misses; /* since the last look at them */
	size_t mapped_bytes; /* 0 = still in the first, built-in room */
};

/* The room of the beginning lies with the thread. */
#define MEMO_SETS_FIRST 128u
#define MEMO_RING_FIRST 4096u
#define MEMO_FIRST_BYTES (MEMO_SETS_FIRST * 2 * sizeof(struct memo_entry) + MEMO_RING_FIRST * 8)

void memo_begin(struct memo *memo, void *first_room);

/* The two return addresses beyond the hook's, 0 where they cannot be had cheaply. */
struct memo_key {
	uintptr_t near, far;
};

struct memo_key memo_key(const struct anchor *anchor, const struct stack_bounds *bounds,
			 struct cfi_work *work, int tid);

/* NULL when nothing fits. */
struct tide_record *memo_find(struct memo *memo, const struct anchor *anchor, struct memo_key key);

void memo_store(struct memo *memo, const struct anchor *anchor, struct memo_key key,
		const struct walk *walk, struct tide_record *record);

/* Give back what was mapped; everything is forgotten. */
void memo_shrink(struct memo *memo, void *first_room);

#endif
