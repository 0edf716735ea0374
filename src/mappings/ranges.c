/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mappings/ranges.h"

#include "arena.h"
#include "profile.h"

#define ROOM_FIRST 128u

static struct {
	struct range *list; /* by address */
	uint32_t *free;	    /* slots of the recording that are not in use */
	uint32_t count;
	uint32_t free_count;
	uint32_t room; /* of both */
} ranges;

static void copy_out(const struct range *r)
{
	struct tide_range *to = profile_address_range(r->slot);

	/* A reader may look at any moment. */
	to->start = 0;
	barrier();
	to->end = r->end;
	to->mapping = r->mapping;
	to->kind = profile_mapping(r->mapping)->kind;
	barrier();
	to->start = r->start;
}

static void move(struct range *to, const struct range *from, size_t count)
{
	__builtin_memmove(to, from, count * sizeof(*to));
}

static bool grow(void)
{
	uint32_t room = ranges.room ? ranges.room * 2 : ROOM_FIRST;
	struct range *list = room <= RANGES_MOST ? arena_map(room * sizeof(*list)) : NULL;
	uint32_t *slots = list ? arena_map(room * sizeof(*slots)) : NULL;

	if (!slots) {
		if (list)
			arena_unmap(list, room * sizeof(*list));
		return false;
	}
	if (ranges.room) {
		sys_copy(list, ranges.list, ranges.count * sizeof(*list));
		sys_copy(slots, ranges.free, ranges.free_count * sizeof(*slots));
		arena_unmap(ranges.list, ranges.room * sizeof(*list));
		arena_unmap(ranges.free, ranges.room * sizeof(*slots));
	}
	ranges.list = list;
	ranges.free = slots;
	ranges.room = room;
	return true;
}

/* Number 0 means none. */
static uint32_t take_slot(int tid)
{
	uint32_t slot;

	if (ranges.free_count)
		return ranges.free[--ranges.free_count];
	slot = profile_take(TIDE_SECTION_RANGES, tid);
	return slot || profile_count(TIDE_SECTION_RANGES) != 1
		       ? slot
		       : profile_take(TIDE_SECTION_RANGES, tid);
}

static void give_slot(uint32_t slot)
{
	profile_address_range(slot)->start = 0;
	ranges.free[ranges.free_count++] = slot;
}

/* The first range that ends behind this address. */
static uint32_t first_behind(uintptr_t at)
{
	uint32_t low = 0, high = ranges.count;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (ranges.list[middle].end > at)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

bool ranges_add(uintptr_t start, uintptr_t end, uint32_t mapping, int tid)
{
	uint32_t at = first_behind(start), slot;

	if (ranges.count == ranges.room && !grow()) {
		profile_drop(sys_locked_down ? TIDE_DROP_LOCKED_DOWN : TIDE_DROP_NO_MEMORY);
		return false;
	}
	slot = take_slot(tid);
	if (!slot) {
		profile_drop(profile_why_full());
		return false;
	}
	move(&ranges.list[at + 1], &ranges.list[at], ranges.count - at);
	ranges.list[at] = (struct range){ start, end, mapping, slot };
	ranges.count++;
	copy_out(&ranges.list[at]);
	return true;
}

/* The range that begins before `start`: its end goes, or its middle. */
static void cut_end(uint32_t i, uintptr_t start, uintptr_t end, ranges_gone *gone, void *context,
		    int tid)
{
	struct range *r = &ranges.list[i];
	struct range piece = { start, r->end, r->mapping, r->slot };
	int more = 0;

	r->end = start;
	copy_out(r);
	/* Where there is no room for the rest, that goes too. */
	if (piece.end > end && ranges_add(end, piece.end, piece.mapping, tid)) {
		piece.end = end;
		more = 1;
	}
	gone(context, &piece, more);
}

static void cut_start(uint32_t i, uintptr_t end, ranges_gone *gone, void *context)
{
	struct range *r = &ranges.list[i], piece = *r;

	piece.end = end;
	r->start = end;
	copy_out(r);
	gone(context, &piece, 0);
}

void ranges_cut(uintptr_t start, uintptr_t end, ranges_gone *gone, void *context, int tid)
{
	uint32_t i = first_behind(start), from;

	if (i < ranges.count && ranges.list[i].start < start) {
		cut_end(i, start, end, gone, context, tid);
		i++;
	}
	for (from = i; i < ranges.count && ranges.list[i].end <= end; i++) {
		give_slot(ranges.list[i].slot);
		gone(context, &ranges.list[i], -1);
	}
	if (i > from) {
		move(&ranges.list[from], &ranges.list[i], ranges.count - i);
		ranges.count -= i - from;
	}
	if (from < ranges.count && ranges.list[from].start < end)
		cut_start(from, end, gone, context);
}

bool ranges_first(uintptr_t start, uintptr_t end, struct range *piece)
{
	uint32_t i = first_behind(start);

	if (i == ranges.count || ranges.list[i].start >= end)
		return false;
	*piece = ranges.list[i];
	piece->start = piece->start < start ? start : piece->start;
	piece->end = piece->end > end ? end : piece->end;
	return true;
}

void ranges_each(ranges_visit *visit, void *context)
{
	for (uint32_t i = 0; i < ranges.count; i++)
		visit(context, &ranges.list[i]);
}

/* Caught while ranges were on their way to another place, one may be there twice. */
static void drop_doubles(void)
{
	uint32_t to = 0;

	for (uint32_t i = 0; i < ranges.count; i++) {
		const struct range *r = &ranges.list[i];

		if (r->start < r->end && (!to || r->start >= ranges.list[to - 1].end))
			ranges.list[to++] = *r;
	}
	ranges.count = to;
}

void ranges_after_fork(bool broken)
{
	uint32_t taken = profile_count(TIDE_SECTION_RANGES);

	if (broken)
		drop_doubles();
	ranges.free_count = 0;
	for (uint32_t slot = 1; slot < taken; slot++) {
		if (slot > ranges.count) {
			*profile_address_range(slot) = (struct tide_range){ 0 };
			ranges.free[ranges.free_count++] = slot;
			continue;
		}
		ranges.list[slot - 1].slot = slot;
		copy_out(&ranges.list[slot - 1]);
	}
}
