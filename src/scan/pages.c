/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scan/pages.h"

#include <errno.h>

#include "arena.h"
#include "scan/crew.h"

#define WINDOW_PAGES 1024u
#define PAGE_SHIFT   12
#define IS_THERE     ((uint64_t)3 << 62) /* in memory, or swapped out */
#define IS_OF_FILE   ((uint64_t)1 << 61) /* or of shared memory */

static int pagemap = -1;

/* What is known of one run of pages, by each of those at work. */
static struct window {
	uint64_t first; /* page number */
	uint32_t count;
	uint64_t *words; /* of pagemap; mincore uses the same room as bytes */
	bool *there;
} windows[CREW_MOST];

#define WORDS_BYTES (WINDOW_PAGES * sizeof(uint64_t))
#define THERE_BYTES ((size_t)WINDOW_PAGES)

int pages_begin(int fd)
{
	pagemap = fd;
	for (uint32_t i = 0; i < CREW_MOST; i++) {
		windows[i] = (struct window){ .words = arena_map(WORDS_BYTES),
					      .there = arena_map(THERE_BYTES) };
		if (!windows[i].words || !windows[i].there)
			return -ENOMEM;
	}
	return 0;
}

void pages_end(void)
{
	for (uint32_t i = 0; i < CREW_MOST; i++) {
		if (windows[i].words)
			arena_unmap(windows[i].words, WORDS_BYTES);
		if (windows[i].there)
			arena_unmap(windows[i].there, THERE_BYTES);
		windows[i] = (struct window){ 0 };
	}
}

static bool read_pagemap(struct window *w, uint64_t first, uint32_t count, bool own_alone)
{
	long n;

	if (pagemap < 0)
		return false;
	n = sys_call(SYS_pread64, pagemap, (long)w->words, (long)count * 8, (long)(first * 8), 0,
		     0);
	if (n < 8)
		return false;
	w->count = (uint32_t)(n / 8);
	for (uint32_t i = 0; i < w->count; i++)
		w->there[i] = w->words[i] & IS_THERE && !(own_alone && w->words[i] & IS_OF_FILE);
	return true;
}

/* A file may have been cut since it was mapped: each page is asked for. */
static bool read_mincore(struct window *w, uint64_t first, uint32_t count)
{
	const uint8_t *bytes = (const uint8_t *)w->words;

	w->count = count;
	if (sys_call(SYS_mincore, (long)(first << PAGE_SHIFT), (long)count << PAGE_SHIFT,
		     (long)bytes, 0, 0, 0) < 0)
		return false;
	for (uint32_t i = 0; i < count; i++)
		w->there[i] = bytes[i] & 1 && sys_readable((first + i) << PAGE_SHIFT);
	return true;
}

/* Nothing is known: what can be read is taken for there. */
static void ask_each(struct window *w, uint64_t first, uint32_t count)
{
	w->count = count;
	for (uint32_t i = 0; i < count; i++)
		w->there[i] = sys_readable((first + i) << PAGE_SHIFT);
}

static void forget_each(struct window *w, uint32_t count)
{
	w->count = count;
	for (uint32_t i = 0; i < count; i++)
		w->there[i] = false;
}

/* The window begins with this page and stays in the area. */
static void look_at(struct window *w, const struct area *area, uint64_t page)
{
	uint64_t left = (area->end >> PAGE_SHIFT) - page;
	uint32_t count = left < WINDOW_PAGES ? (uint32_t)left : WINDOW_PAGES;

	w->first = page;
	/* Page tables of shared memory are not copied with the process. */
	if (!(area->flags & AREA_SHARED) &&
	    read_pagemap(w, page, count, !(area->flags & AREA_WRITE)))
		return;
	if (!(area->flags & AREA_WRITE))
		forget_each(w, count);
	else if (!read_mincore(w, page, count))
		ask_each(w, page, count);
}

static bool is_there(struct window *w, const struct area *area, uint64_t page)
{
	if (page - w->first >= w->count)
		look_at(w, area, page);
	return w->there[page - w->first];
}

bool pages_present(const struct area *area, uintptr_t *from, uintptr_t *to)
{
	uint64_t page = *from >> PAGE_SHIFT, end = (*to + 4095) >> PAGE_SHIFT;
	struct window *w = &windows[crew_number()];

	while (page < end && !is_there(w, area, page))
		page++;
	if (page >= end)
		return false;
	if (page << PAGE_SHIFT > *from)
		*from = page << PAGE_SHIFT;
	while (page < end && is_there(w, area, page))
		page++;
	if (page << PAGE_SHIFT < *to)
		*to = page << PAGE_SHIFT;
	return true;
}
