/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "index.h"

#include <emmintrin.h>

#include "arena.h"

#define BUCKET	     16u /* entries: one cache line */
#define GROWTH_SHIFT 2

static uint32_t entry_of(uint64_t hash, uint32_t number)
{
	return (uint32_t)(hash >> 56) << 24 | number;
}

static uint32_t *bucket_of(const struct index_segment *segment, uint64_t hash)
{
	return segment->entries + ((hash >> 20) & (segment->buckets - 1)) * BUCKET;
}

static bool matches(uint32_t entry, uint64_t hash, index_same *same, const void *key)
{
	return entry >> 24 == hash >> 56 && same(entry & INDEX_NUMBER_MAX, key);
}

/* Which of four entries have this tag, or are free, as a bit mask; a hint: one is read again. */
static unsigned tagged_of_four(const uint32_t *four, uint32_t tag)
{
#ifdef __SANITIZE_THREAD__
	unsigned found = 0;

	for (unsigned i = 0; i < 4; i++)
		found |= (unsigned)(__atomic_load_n(&four[i], __ATOMIC_ACQUIRE) >> 24 == tag) << i;
	return found;
#else
	__m128i tags = _mm_srli_epi32(_mm_load_si128((const __m128i *)four), 24);
	__m128i same = _mm_cmpeq_epi32(tags, _mm_set1_epi32((int)tag));

	return (unsigned)_mm_movemask_ps(_mm_castsi128_ps(same));
#endif
}

static unsigned free_of_four(const uint32_t *four)
{
#ifdef __SANITIZE_THREAD__
	unsigned found = 0;

	for (unsigned i = 0; i < 4; i++)
		found |= (unsigned)!__atomic_load_n(&four[i], __ATOMIC_ACQUIRE) << i;
	return found;
#else
	__m128i none = _mm_cmpeq_epi32(_mm_load_si128((const __m128i *)four), _mm_setzero_si128());

	return (unsigned)_mm_movemask_ps(_mm_castsi128_ps(none));
#endif
}

/* Entries appear while this looks: one that it misses was not there when it began. */
static unsigned tagged(const uint32_t *bucket, uint64_t hash)
{
	unsigned found = 0;

	for (unsigned i = 0; i < BUCKET; i += 4)
		found |= tagged_of_four(&bucket[i], (uint32_t)(hash >> 56)) << i;
	return found;
}

static unsigned free_places(const uint32_t *bucket)
{
	unsigned found = 0;

	for (unsigned i = 0; i < BUCKET; i += 4)
		found |= free_of_four(&bucket[i]) << i;
	return found;
}

static uint32_t find_in(const uint32_t *bucket, uint64_t hash, index_same *same, const void *key)
{
	for (unsigned found = tagged(bucket, hash); found; found &= found - 1) {
		uint32_t entry = __atomic_load_n(&bucket[__builtin_ctz(found)], __ATOMIC_ACQUIRE);

		if (entry && matches(entry, hash, same, key))
			return entry & INDEX_NUMBER_MAX;
	}
	return 0;
}

static struct index_segment *segment_at(const struct index *index, int i)
{
	return __atomic_load_n(&index->segments[i], __ATOMIC_ACQUIRE);
}

uint32_t index_find(const struct index *index, uint64_t hash, index_same *same, const void *key)
{
	/* The largest segment holds most entries. */
	for (int i = INDEX_SEGMENTS - 1; i >= 0; i--) {
		const struct index_segment *segment = segment_at(index, i);
		uint32_t number = segment ? find_in(bucket_of(segment, hash), hash, same, key) : 0;

		if (number)
			return number;
	}
	return 0;
}

static struct index_segment *add_segment(struct index *index, int i, int tid)
{
	uint32_t buckets = index->buckets_first << (GROWTH_SHIFT * i);
	struct index_segment *segment = arena_take(sizeof(*segment), tid);
	struct index_segment *there = NULL;

	if (!segment)
		return NULL;
	segment->buckets = buckets;
	segment->entries = arena_take((size_t)buckets * BUCKET * sizeof(uint32_t), tid);
	if (!segment->entries)
		return NULL;
	/* The loser's memory stays unused: it was never touched. */
	if (!__atomic_compare_exchange_n(&index->segments[i], &there, segment, false,
					 __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return there;
	return segment;
}

/*
 * 0 when the bucket is full.  The free places are looked for first: whatever lies before the first
 * of them is there when the tags are compared.
 */
static uint32_t insert_in(uint32_t *bucket, uint64_t hash, uint32_t number, index_same *same,
			  const void *key)
{
	for (;;) {
		unsigned places = free_places(bucket);
		uint32_t found, none = 0;

		barrier(); /* the processor keeps loads in order */
		found = find_in(bucket, hash, same, key);
		if (found || !places)
			return found;
		if (__atomic_compare_exchange_n(&bucket[__builtin_ctz(places)], &none,
						entry_of(hash, number), false, __ATOMIC_ACQ_REL,
						__ATOMIC_ACQUIRE))
			return number;
	}
}

uint32_t index_insert(struct index *index, uint64_t hash, uint32_t number, index_same *same,
		      const void *key, int tid)
{
	if (number == 0 || number > INDEX_NUMBER_MAX)
		return 0;
	for (int i = 0; i < INDEX_SEGMENTS; i++) {
		struct index_segment *segment = segment_at(index, i);
		uint32_t found;

		if (!segment)
			segment = add_segment(index, i, tid);
		if (!segment)
			return 0;
		found = insert_in(bucket_of(segment, hash), hash, number, same, key);
		if (found)
			return found;
	}
	return 0;
}
