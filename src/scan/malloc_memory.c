/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scan/malloc_memory.h"

#include "scan/areas.h"
#include "scan/cuts.h"
#include "scan/heap.h"

/* Heaps of other arenas than the first are aligned to their largest size. */
#define HEAP_MAX   ((uintptr_t)64 << 20)
#define HEAP_FIRST 0x80u /* an arena's state lies this far into its first heap at most */

/* A chunk's header: the size of the one before it, its own with three flags. */
#define IS_MMAPPED   2u
#define CHUNK_FLAGS  7u
#define CHUNK_LEAST  32u
#define FENCE_BYTES  16u /* two of them end what malloc has in one piece */
#define CHUNK_HEADER 16u

/* The first arena's state, which lies in libc's data. */
#define STATE_TOP   96u
#define STATE_BINS  112u
#define STATE_NEXT  2160u
#define STATE_BYTES 2200u
#define BINS	    127u

struct arena_heap {
	uint64_t state, previous, bytes, opened_bytes;
};

static const struct area *readable_area(uintptr_t at)
{
	const struct area *area = areas_find(at);

	return area && area->flags & AREA_READ && !(area->flags & AREA_DEVICE) ? area : NULL;
}

static bool is_heap_start(uint64_t at)
{
	return at && !(at & (HEAP_MAX - 1));
}

/* Does one of malloc's own heaps begin here?  Its bytes, or 0. */
static uint64_t arena_heap_bytes(uintptr_t at)
{
	const struct area *area = readable_area(at);
	const struct arena_heap *h = (const void *)at;

	if (!area || !(area->flags & AREA_WRITE) || area->end - at < sizeof(*h))
		return 0;
	if (!h->bytes || h->bytes > HEAP_MAX || h->bytes & 4095 || h->opened_bytes < h->bytes ||
	    h->opened_bytes > HEAP_MAX || h->opened_bytes & 4095)
		return 0;
	if (h->previous && !is_heap_start(h->previous))
		return 0;
	if (!is_heap_start(h->state & ~(HEAP_MAX - 1)) || (h->state & (HEAP_MAX - 1)) > HEAP_FIRST)
		return 0;
	return h->opened_bytes;
}

/* A chunk for so many bytes is at least that large. */
static uint64_t chunk_bytes(uint64_t bytes)
{
	uint64_t least = (bytes + 8 + 15) & ~(uint64_t)15;

	return least < CHUNK_LEAST ? CHUNK_LEAST : least;
}

/*
 * Passes over live blocks as long as one begins where the one before, made as small as it may be,
 * ends: then that is its size, and memory need not be looked at.  `*block` is the first live one at
 * or behind the chunk's start; the last chunk of the run is left to be looked at.
 */
static uintptr_t pass_live(uintptr_t at, uintptr_t end, uint32_t *block)
{
	while (*block < heap.count && heap_start(*block) < at + CHUNK_HEADER)
		(*block)++;
	for (; *block + 1 < heap.count && heap_start(*block) == at + CHUNK_HEADER; (*block)++) {
		uint64_t bytes = chunk_bytes(heap_bytes(*block));

		if (heap_start(*block + 1) != at + CHUNK_HEADER + bytes ||
		    heap_start(*block + 1) > end)
			break;
		at += bytes;
	}
	return at;
}

/*
 * The end of what malloc has from here on in one piece, chunk by chunk.  A chunk that is being
 * changed may look wrong: then the piece seems to end there.
 */
static uintptr_t piece_end(uintptr_t at, uintptr_t end, uintptr_t top)
{
	uint32_t block = heap_first_from(at);

	while (at + CHUNK_HEADER <= end) {
		uint64_t bytes;

		at = pass_live(at, end, &block);
		bytes = ((const uint64_t *)at)[1] & ~(uint64_t)CHUNK_FLAGS;
		if (bytes == FENCE_BYTES)
			return at + 2 * (uintptr_t)FENCE_BYTES;
		if (bytes < CHUNK_LEAST || bytes & 15 || bytes > end - at)
			return at;
		at += bytes;
		if (at - bytes == top)
			return at;
	}
	return end;
}

/*
 * What was got by brk.  The program may have called sbrk itself, before and in between: behind each
 * piece of malloc's the next one is found by its first live block.
 */
static bool cut_break(const struct area *area, uintptr_t top)
{
	uintptr_t start = (area->start + 15) & ~(uintptr_t)15, at;
	uintptr_t end = piece_end(start, area->end, top);
	bool ok = cuts_add(start, end);
	uint32_t block = heap_first_from(end);

	for (; ok && block < heap.count && heap_start(block) < area->end;
	     block = heap_first_from(end > at ? end : at + 1)) {
		at = heap_start(block);
		end = piece_end(at - CHUNK_HEADER, area->end, top);
		if (end <= at)
			end = at + heap_bytes(block);
		ok = cuts_add(at - CHUNK_HEADER, end);
	}
	return ok;
}

static bool cut_heaps(void)
{
	for (uint32_t i = 0; i < areas_count(); i++) {
		const struct area *area = areas_get(i);
		uintptr_t at = (area->start + HEAP_MAX - 1) & ~(HEAP_MAX - 1);

		if (area->flags & AREA_HEAP && !cuts_add(area->start, area->end))
			return false;
		if (area->flags & (AREA_FILE | AREA_SHARED | AREA_DEVICE))
			continue;
		for (; at < area->end && at >= area->start; at += HEAP_MAX)
			if (!cuts_add(at, at + arena_heap_bytes(at)))
				return false;
	}
	return true;
}

/* A large block has a mapping of its own, with room in front where it is aligned. */
static bool cut_mapped(uint32_t block, const struct area *area)
{
	uintptr_t at = heap_start(block);
	const uint64_t *header = (const uint64_t *)at - 2;
	uint64_t bytes, before;

	if (at - 16 < area->start || !(header[1] & IS_MMAPPED))
		return cuts_add_block(at, at + heap_bytes(block));
	before = header[0];
	bytes = (header[1] & ~(uint64_t)CHUNK_FLAGS) + before;
	if ((at - 16 - before) & 4095 || bytes & 4095 || bytes < heap_bytes(block) ||
	    before > bytes)
		return cuts_add_block(at, at + heap_bytes(block));
	return cuts_add(at - 16 - before, at - 16 - before + bytes);
}

static bool cut_blocks(bool loose)
{
	uintptr_t arena = 0;
	bool is_arena = false;

	for (uint32_t i = 0; i < heap.count; i++) {
		uintptr_t at = heap_start(i);
		const struct area *area = readable_area(at);
		bool ok = true;

		if (!area)
			continue;
		if (loose) {
			ok = cuts_add_block(at, at + heap_bytes(i));
		} else if (area->flags & AREA_HEAP) {
			i = heap_first_from(area->end) - 1; /* it has been cut as a whole */
		} else {
			if (arena != (at & ~(HEAP_MAX - 1))) {
				arena = at & ~(HEAP_MAX - 1);
				is_arena = arena_heap_bytes(arena);
			}
			ok = is_arena || cut_mapped(i, area);
		}
		if (!ok)
			return false;
	}
	return true;
}

/* An empty bin's two pointers lead to itself, as if it were a chunk. */
static bool is_empty_bin(uintptr_t at)
{
	const uint64_t *bin = (const uint64_t *)at;

	return bin[0] == at - 16 && bin[1] == at - 16;
}

static bool is_state(uintptr_t at, const struct area *area)
{
	uint64_t next;

	if (at < area->start || at + STATE_BYTES > area->end)
		return false;
	next = *(const uint64_t *)(at + STATE_NEXT);
	return next == at ||
	       (is_heap_start(next & ~(HEAP_MAX - 1)) && (next & (HEAP_MAX - 1)) <= HEAP_FIRST);
}

/* Its bins lead to free chunks, which may look like the middle of the block before. */
static uintptr_t find_state_in(const struct area *area)
{
	for (uintptr_t at = area->start; at + 16 <= area->end; at += 8) {
		if (!is_empty_bin(at))
			continue;
		for (uint32_t bin = 0; bin < BINS; bin++) {
			uintptr_t state = at - STATE_BINS - 16 * (uintptr_t)bin;

			if (is_state(state, area))
				return state;
		}
	}
	return 0;
}

static uintptr_t find_state(uintptr_t start, uintptr_t end)
{
	uintptr_t state = 0;

	for (uint32_t i = 0; i < areas_count() && !state; i++) {
		const struct area *area = areas_get(i);

		if (area->start >= start && area->end <= end && area->flags & AREA_READ &&
		    area->flags & AREA_WRITE)
			state = find_state_in(area);
	}
	return state;
}

bool malloc_memory_cut(uintptr_t libc_start, uintptr_t libc_end, bool loose)
{
	uintptr_t state;

	if (loose)
		return cut_blocks(true);
	state = find_state(libc_start, libc_end);
	return cut_heaps() && (!state || cuts_add(state, state + STATE_BYTES)) && cut_blocks(false);
}

bool malloc_memory_cut_break(uintptr_t libc_start, uintptr_t libc_end)
{
	uintptr_t state = find_state(libc_start, libc_end);
	uintptr_t top = state ? *(const uint64_t *)(state + STATE_TOP) : 0;

	for (uint32_t i = 0; i < areas_count(); i++)
		if (areas_get(i)->flags & AREA_HEAP && !cut_break(areas_get(i), top))
			return false;
	return true;
}
