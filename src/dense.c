/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dense.h"

#include <emmintrin.h>
#include <sys/mman.h>

#include "arena.h"
#include "lock.h"

#define WORDS_BYTES (DENSE_REGION / 4)
#define PAGE_BYTES  ((uintptr_t)4096)

#define GRAINS_AT_ONCE 16u

struct dense_region dense_arenas[DENSE_REGIONS];
struct dense_region dense_heaps[DENSE_REGIONS];
size_t dense_heap_least = DENSE_LEAST;
uint32_t dense_heaps_first = 8;

static struct {
	struct lock lock;
	uint32_t count;
	uint16_t slots[DENSE_REGIONS];
} heaps;

static uint32_t slot_of(uintptr_t address)
{
	return address >> DENSE_REGION_SHIFT & (DENSE_REGIONS - 1);
}

/* A place that another region has got first stays with it. */
static void add(uintptr_t start)
{
	struct dense_region *r = &dense_arenas[slot_of(start)];
	char *words = NULL, *mine;

	if (__atomic_load_n(&r->words, __ATOMIC_ACQUIRE))
		return;
	mine = arena_map(WORDS_BYTES);
	if (!mine)
		return;
	if (!__atomic_compare_exchange_n(&r->words, &words, mine, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_RELAXED)) {
		arena_unmap(mine, WORDS_BYTES);
		return;
	}
	__atomic_store_n(&r->start_1, start + 1, __ATOMIC_RELEASE);
}

void dense_register(uintptr_t start, size_t bytes)
{
	for (uintptr_t at = start & ~(DENSE_REGION - 1); at < start + bytes; at += DENSE_REGION)
		add(at);
}

/* The words stay, for the kernel will hand out the addresses again; what they took goes back. */
static void clear(const struct dense_region *r, uintptr_t from, uintptr_t until)
{
	uintptr_t words = (uintptr_t)r->words;
	uintptr_t low = words + (from - (r->start_1 - 1)) / 4,
		  high = words + (until - (r->start_1 - 1)) / 4;

	low = (low + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
	high &= ~(PAGE_BYTES - 1);
	if (low < high && !sys_locked_down)
		sys_advise((void *)low, high - low, MADV_DONTNEED);
}

void dense_forget(uintptr_t start, size_t bytes)
{
	uintptr_t end = start + bytes;

	for (uintptr_t at = start & ~(DENSE_REGION - 1); at < end; at += DENSE_REGION) {
		const struct dense_region *r = &dense_arenas[slot_of(at)];

		if (r->start_1 == at + 1)
			clear(r, at < start ? start : at,
			      end - at < DENSE_REGION ? end : at + DENSE_REGION);
	}
}

bool dense_register_heap(uintptr_t address, int tid)
{
	uintptr_t start = address & ~(DENSE_REGION - 1);
	struct dense_region *r = &dense_heaps[slot_of(start)];

	if (r->start_1 == start + 1)
		return true;
	if (dense_word(start))
		return false;
	if (!lock_take(&heaps.lock, tid))
		return false;
	if (dense_heaps_first)
		__atomic_store_n(&dense_heaps_first, dense_heaps_first - 1, __ATOMIC_RELAXED);
	if (!r->start_1)
		r->words = arena_take(WORDS_BYTES, tid);
	if (!r->start_1 && r->words) {
		__atomic_store_n(&r->start_1, start + 1, __ATOMIC_RELEASE);
		heaps.slots[heaps.count] = (uint16_t)slot_of(start);
		__atomic_store_n(&heaps.count, heaps.count + 1, __ATOMIC_RELEASE);
	}
	lock_drop(&heaps.lock);
	return r->start_1 == start + 1;
}

uint32_t dense_heap_count(void)
{
	return __atomic_load_n(&heaps.count, __ATOMIC_ACQUIRE);
}

const struct dense_region *dense_heap(uint32_t number)
{
	return &dense_heaps[heaps.slots[number]];
}

/* In which of 16 grains a block begins, as bits. */
static uint32_t begin_in(const uint32_t *half)
{
	uint32_t bits = 0;

	for (unsigned i = 0; i < GRAINS_AT_ONCE; i += 4) {
		__m128i four = _mm_loadu_si128((const __m128i *)&half[i]);

		bits |= (uint32_t)_mm_movemask_ps(_mm_castsi128_ps(four)) << i;
	}
	return bits;
}

/* Grain by grain it would be guessed wrong for each block that one begins. */
void dense_each(const struct dense_region *region, dense_visit *visit, void *context)
{
	const uint32_t *half = (const uint32_t *)region->words;

	if (!region->start_1)
		return;
	for (size_t i = 0; i < DENSE_REGION / DENSE_GRAIN; i += GRAINS_AT_ONCE)
		for (uint32_t bits = begin_in(&half[i]); bits; bits &= bits - 1) {
			size_t k = i + (size_t)__builtin_ctz(bits);

			visit(context, region->start_1 - 1 + k * DENSE_GRAIN,
			      (uint64_t)half[k + 1] << 32 | half[k]);
		}
}

void dense_after_fork(void)
{
	heaps.lock.owner = 0;
}
