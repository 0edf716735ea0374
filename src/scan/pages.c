/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scan/pages.h"

#include <errno.h>

#include "arena.h"

#define WINDOW_PAGES 4096u
#define PAGE_SHIFT   12
#define IS_THERE     ((uint64_t)3 << 62) /* in memory, or swapped out */
#define IS_OF_FILE   ((uint64_t)1 << 61) /* or of shared memory */

/* What is known of one run of pages. */
static struct {
	int pagemap;
	uint64_t first; /* page number */
	uint32_t count;
	uint64_t *words; /* of pagemap; mincore uses the same room as bytes */
	bool *there;
} window;

#define WORDS_BYTES (WINDOW_PAGES * sizeof(uint64_t))
#define THERE_BYTES ((size_t)WINDOW_PAGES)

int pages_begin(int pagemap)
{
	window.pagemap = pagemap;
	window.count = 0;
	window.words = arena_map(WORDS_BYTES);
	window.there = arena_map(THERE_BYTES);
	return window.words && window.there ? 0 : -ENOMEM;
}

void pages_end(void)
{
	if (window.words)
		arena_unmap(window.words, WORDS_BYTES);
	if (window.there)
		arena_unmap(window.there, THERE_BYTES);
	window.words = NULL;
	window.there = NULL;
}

static bool read_pagemap(uint64_t first, uint32_t count, bool own_alone)
{
	long n;

	if (window.pagemap < 0)
		return false;
	n = sys_call(SYS_pread64, window.pagemap, (long)window.words, (long)count * 8,
		     (long)(first * 8), 0, 0);
	if (n < 8)
		return false;
	window.count = (uint32_t)(n / 8);
	for (uint32_t i = 0; i < window.count; i++)
		window.there[i] = window.words[i] & IS_THERE &&
				  !(own_alone && window.words[i] & IS_OF_FILE);
	return true;
}

/* A file may have been cut since it was mapped: each page is asked for. */
static bool read_mincore(uint64_t first, uint32_t count)
{
	const uint8_t *bytes = (const uint8_t *)window.words;

	window.count = count;
	if (sys_call(SYS_mincore, (long)(first << PAGE_SHIFT), (long)count << PAGE_SHIFT,
		     (long)bytes, 0, 0, 0) < 0)
		return false;
	for (uint32_t i = 0; i < count; i++)
		window.there[i] = bytes[i] & 1 && sys_readable((first + i) << PAGE_SHIFT);
	return true;
}

/* Nothing is known: what can be read is taken for there. */
static void ask_each(uint64_t first, uint32_t count)
{
	window.count = count;
	for (uint32_t i = 0; i < count; i++)
		window.there[i] = sys_readable((first + i) << PAGE_SHIFT);
}

static void forget_each(uint32_t count)
{
	window.count = count;
	for (uint32_t i = 0; i < count; i++)
		window.there[i] = false;
}

/* The window begins with this page and stays in the area. */
static void look_at(const struct area *area, uint64_t page)
{
	uint64_t left = (area->end >> PAGE_SHIFT) - page;
	uint32_t count = left < WINDOW_PAGES ? (uint32_t)left : WINDOW_PAGES;

	window.first = page;
	/* Page tables of shared memory are not copied with the process. */
	if (!(area->flags & AREA_SHARED) && read_pagemap(page, count, !(area->flags & AREA_WRITE)))
		return;
	if (!(area->flags & AREA_WRITE))
		forget_each(count);
	else if (!read_mincore(page, count))
		ask_each(page, count);
}

static bool is_there(const struct area *area, uint64_t page)
{
	if (page - window.first >= window.count)
		look_at(area, page);
	return window.there[page - window.first];
}

bool pages_present(const struct area *area, uintptr_t *from, uintptr_t *to)
{
	uint64_t page = *from >> PAGE_SHIFT, end = (*to + 4095) >> PAGE_SHIFT;

	while (page < end && !is_there(area, page))
		page++;
	if (page >= end)
		return false;
	if (page << PAGE_SHIFT > *from)
		*from = page << PAGE_SHIFT;
	while (page < end && is_there(area, page))
		page++;
	if (page << PAGE_SHIFT < *to)
		*to = page << PAGE_SHIFT;
	return true;
}
