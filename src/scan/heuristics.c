/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scan/heuristics.h"

#include "scan/areas.h"

#define VTABLE_WORDS 20

struct old_string {
	uint64_t length, capacity, references;
};

static bool is_old_string(uint32_t block, uintptr_t at)
{
	const struct old_string *s = (const void *)heap_start(block);

	return at == (uintptr_t)(s + 1) && heap_bytes(block) > sizeof(*s) &&
	       s->capacity == heap_bytes(block) - sizeof(*s) - 1 && s->length <= s->capacity;
}

/* A count of elements in front of an array, or of the bytes behind it; the array may be empty. */
static bool is_behind_count(uint32_t block, uintptr_t at)
{
	uint64_t count = *(const uint64_t *)heap_start(block);

	if (at != heap_start(block) + 8)
		return false;
	return count ? heap_bytes(block) > 8 && (heap_bytes(block) - 8) % count == 0
		     : heap_bytes(block) == 8;
}

static const struct area *file_area(uintptr_t at)
{
	const struct area *area = areas_find(at);

	return area && area->flags & AREA_FILE && area->flags & AREA_READ ? area : NULL;
}

/* In a module, and its first words lead to code. */
static bool is_vtable(uint64_t at)
{
	const struct area *area;

	if (at & 7 || at < 4096)
		return false;
	area = file_area(at);
	/* The file may be shorter than its mapping. */
	if (!area || !sys_readable(at))
		return false;
	for (unsigned i = 0; i < VTABLE_WORDS && at + 8 <= area->end; i++, at += 8) {
		uint64_t function = *(const uint64_t *)at;
		const struct area *code;

		if (!function)
			continue;
		code = file_area(function);
		return code && code->flags & AREA_EXECUTE;
	}
	return false;
}

static bool is_further_base(uint32_t block, uintptr_t at)
{
	if (at & 7 || at + 8 > heap_start(block) + heap_bytes(block))
		return false;
	return is_vtable(*(const uint64_t *)at) && is_vtable(*(const uint64_t *)heap_start(block));
}

bool heuristics_is_start(uint32_t block, uintptr_t at)
{
	const struct area *area;

	if (heap_bytes(block) < 8)
		return false;
	/* Coroutine stacks have a page that must not be touched. */
	area = areas_find(heap_start(block));
	if (!area || !(area->flags & AREA_READ))
		return false;
	return is_old_string(block, at) || is_behind_count(block, at) || is_further_base(block, at);
}
