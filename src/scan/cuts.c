/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scan/cuts.h"

#include <errno.h>

#include "arena.h"

#define CUTS_MOST ((size_t)1 << 22)
#define NEAR	  4096u

struct cut {
	uintptr_t start, end;
};

static struct {
	struct cut *list;
	uint32_t count;
	bool joins; /* the last one was a block's */
} cuts;

int cuts_begin(void)
{
	cuts.list = arena_map(CUTS_MOST * sizeof(*cuts.list));
	return cuts.list ? 0 : -ENOMEM;
}

void cuts_clear(void)
{
	cuts.count = 0;
	cuts.joins = false;
}

void cuts_end(void)
{
	if (cuts.list)
		arena_unmap(cuts.list, CUTS_MOST * sizeof(*cuts.list));
	cuts.list = NULL;
	cuts_clear();
}

bool cuts_add(uintptr_t start, uintptr_t end)
{
	cuts.joins = false;
	if (start >= end)
		return true;
	if (cuts.count == CUTS_MOST)
		return false;
	cuts.list[cuts.count++] = (struct cut){ start, end };
	return true;
}

bool cuts_add_block(uintptr_t start, uintptr_t end)
{
	struct cut *last = &cuts.list[cuts.count - 1];

	if (cuts.joins && start - last->start < end - last->start && start < last->end + NEAR) {
		if (end > last->end)
			last->end = end;
		return true;
	}
	if (!cuts_add(start, end))
		return false;
	cuts.joins = start < end;
	return true;
}

static void sift(uint32_t root, uint32_t count)
{
	struct cut moved = cuts.list[root];
	uint32_t child;

	for (; (child = 2 * root + 1) < count; root = child) {
		if (child + 1 < count && cuts.list[child].start < cuts.list[child + 1].start)
			child++;
		if (cuts.list[child].start <= moved.start)
			break;
		cuts.list[root] = cuts.list[child];
	}
	cuts.list[root] = moved;
}

static void sort(void)
{
	for (uint32_t i = cuts.count / 2; i-- > 0;)
		sift(i, cuts.count);
	for (uint32_t n = cuts.count; n > 1;) {
		struct cut last = cuts.list[--n];

		cuts.list[n] = cuts.list[0];
		cuts.list[0] = last;
		sift(0, n);
	}
}

/* Those that touch or overlap become one. */
static void join(void)
{
	uint32_t to = 0;

	for (uint32_t i = 0; i < cuts.count; i++) {
		const struct cut *cut = &cuts.list[i];

		if (to && cut->start <= cuts.list[to - 1].end) {
			if (cut->end > cuts.list[to - 1].end)
				cuts.list[to - 1].end = cut->end;
			continue;
		}
		cuts.list[to++] = *cut;
	}
	cuts.count = to;
}

void cuts_sort(void)
{
	sort();
	join();
}

/* The first that ends behind the address. */
static uint32_t find_from(uintptr_t at)
{
	uint32_t low = 0, high = cuts.count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (cuts.list[middle].end <= at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool cuts_outside(uintptr_t *from, uintptr_t *to)
{
	uint32_t i = find_from(*from);

	for (; i < cuts.count && cuts.list[i].start <= *from; i++)
		*from = cuts.list[i].end;
	if (*from >= *to)
		return false;
	if (i < cuts.count && cuts.list[i].start < *to)
		*to = cuts.list[i].start;
	return true;
}
