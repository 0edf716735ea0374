/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dense.h"

#include <sys/mman.h>

#include "arena.h"

#define WORDS_BYTES (DENSE_REGION / 4 + 4) /* the last one reaches over the end */
#define PAGE_BYTES  ((uintptr_t)4096)

struct dense_region dense_regions[DENSE_REGIONS];

static struct dense_region *place_of(uintptr_t address)
{
	return &dense_regions[address >> DENSE_REGION_SHIFT & (DENSE_REGIONS - 1)];
}

/* A place that another region has got first stays with it. */
static void add(uintptr_t start)
{
	struct dense_region *r = place_of(start);
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
	__atomic_store_n(&r->start, start, __ATOMIC_RELEASE);
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
	uintptr_t low = words + (from - r->start) / 4, high = words + (until - r->start) / 4;

	low = (low + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
	high &= ~(PAGE_BYTES - 1);
	if (low < high && !sys_locked_down)
		sys_advise((void *)low, high - low, MADV_DONTNEED);
}

void dense_forget(uintptr_t start, size_t bytes)
{
	uintptr_t end = start + bytes;

	for (uintptr_t at = start & ~(DENSE_REGION - 1); at < end; at += DENSE_REGION) {
		const struct dense_region *r = place_of(at);

		if (r->start == at)
			clear(r, at < start ? start : at,
			      end - at < DENSE_REGION ? end : at + DENSE_REGION);
	}
}

static void each_in(const struct dense_region *r, dense_visit *visit, void *context)
{
	const uint32_t *half = (const uint32_t *)r->words;

	for (size_t i = 0; i < DENSE_REGION / DENSE_GRAIN; i++) {
		if (!half[i])
			continue;
		visit(context, r->start + i * DENSE_GRAIN, (uint64_t)half[i + 1] << 32 | half[i]);
		i++;
	}
}

void dense_each(dense_visit *visit, void *context)
{
	for (uint32_t i = 0; i < DENSE_REGIONS; i++)
		if (dense_regions[i].start)
			each_in(&dense_regions[i], visit, context);
}
