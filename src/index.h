/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A lock-free, insert-only hash index: hash -> record number, for sites, stack nodes and frames.
 *
 * An entry is 32 bits: 8 of the hash and a 24-bit number.  A segment is a power-of-two array of
 * buckets of one cache line; when a bucket is full the search goes on in the next segment, four
 * times as large.  An entry goes to the first free place in segment order and never moves, so two
 * threads that insert the same key meet at the same place and one of them finds the other's.
 *
 * Safe inside a hook and in a signal handler that interrupts another call.
 */
#ifndef SRC_INDEX_H
#define SRC_INDEX_H

#include "sys.h"

#define INDEX_SEGMENTS	 8
#define INDEX_NUMBER_MAX 0xffffffu

struct index_segment {
	uint32_t *entries;
	uint32_t buckets;
};

struct index {
	struct index_segment *segments[INDEX_SEGMENTS];
	uint32_t buckets_first;
};

typedef bool index_same(uint32_t number, const void *key);

/* 0 when absent. */
uint32_t index_find(const struct index *index, uint64_t hash, index_same *same, const void *key);

/*
 * Enter `number` for a key that was not found.  Returns the number that stands for the key now:
 * another one when somebody was quicker, 0 when there was no memory or the number is too large.
 */
uint32_t index_insert(struct index *index, uint64_t hash, uint32_t number, index_same *same,
		      const void *key, int tid);

static inline uint64_t index_mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 29;
}

#endif
