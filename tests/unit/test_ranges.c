/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ranges of addresses against a map with one byte for each page. */
#include <string.h>

#include "lib/core.h"
#include "lib/unit.h"
#include "mappings/ranges.h"

#define PAGES  600
#define BASE   0x100000u
#define PAGE   0x1000u
#define ROUNDS 20000

static uint8_t pages[PAGES]; /* the mapping's number, 0 = none */
static uint8_t heads[PAGES]; /* a range begins here */
static int64_t bytes[8];
static int64_t count;

static uintptr_t address(int page)
{
	return BASE + (uintptr_t)page * PAGE;
}

static void gone(void *context, const struct range *piece, int change)
{
	(void)context;
	bytes[piece->mapping] -= (int64_t)(piece->end - piece->start);
	count += change;
}

static void cut(int from, int to)
{
	ranges_cut(address(from), address(to), gone, NULL, 1);
	/* What stands behind the cut begins anew. */
	if (to < PAGES && pages[to])
		heads[to] = 1;
	memset(pages + from, 0, (size_t)(to - from));
	memset(heads + from, 0, (size_t)(to - from));
}

static void map(int from, int to, uint8_t mapping)
{
	cut(from, to);
	ck_assert(ranges_add(address(from), address(to), mapping, 1));
	bytes[mapping] += (int64_t)(to - from) * PAGE;
	count++;
	memset(pages + from, mapping, (size_t)(to - from));
	heads[from] = 1;
}

struct seen {
	uintptr_t end;
	int64_t count;
	int64_t bytes[8];
};

static void see(void *context, const struct range *r)
{
	const struct tide_range *copy = profile_address_range(r->slot);
	int page = (int)((r->start - BASE) / PAGE);
	struct seen *seen = context;

	ck_assert_uint_ge(r->start, seen->end);
	ck_assert_uint_lt(r->start, r->end);
	ck_assert_uint_eq(pages[page], r->mapping);
	ck_assert_uint_eq(heads[page], 1);
	ck_assert_uint_eq(copy->start, r->start);
	ck_assert_uint_eq(copy->end, r->end);
	ck_assert_uint_eq(copy->mapping, r->mapping);
	seen->end = r->end;
	seen->count++;
	seen->bytes[r->mapping] += (int64_t)(r->end - r->start);
}

static void compare(void)
{
	struct seen seen = { 0 };
	int64_t want = 0;

	ranges_each(see, &seen);
	for (int i = 0; i < PAGES; i++)
		want += heads[i];
	ck_assert_int_eq(seen.count, want);
	ck_assert_int_eq(seen.count, count);
	for (uint32_t m = 1; m < 8; m++)
		ck_assert_int_eq(seen.bytes[m], bytes[m]);
}

static void begin(void)
{
	core_begin();
	for (int i = 0; i < 8; i++)
		profile_take(TIDE_SECTION_MAPPINGS, 1);
}

START_TEST(pieces_add_up)
{
	uint64_t seed = 7;

	begin();
	for (int i = 0; i < ROUNDS; i++) {
		int from = (int)(core_random(&seed) % PAGES);
		int to = from + 1 + (int)(core_random(&seed) % 40);

		to = to > PAGES ? PAGES : to;
		if (core_random(&seed) % 3)
			map(from, to, (uint8_t)(1 + core_random(&seed) % 7));
		else
			cut(from, to);
		if (i % 50 == 0)
			compare();
	}
	compare();
	/* As many copies as there were ranges at most, not as there ever were. */
	ck_assert_uint_le(profile_count(TIDE_SECTION_RANGES), PAGES);
	core_end();
}
END_TEST

START_TEST(the_first_piece_is_found)
{
	struct range r;

	begin();
	map(10, 20, 1);
	map(30, 40, 2);
	ck_assert(!ranges_first(address(0), address(10), &r));
	ck_assert(!ranges_first(address(20), address(30), &r));
	ck_assert(ranges_first(address(15), address(35), &r));
	ck_assert_uint_eq(r.start, address(15));
	ck_assert_uint_eq(r.end, address(20));
	ck_assert(ranges_first(address(20), address(35), &r));
	ck_assert_uint_eq(r.mapping, 2);
	ck_assert_uint_eq(r.end, address(35));
	core_end();
}
END_TEST

START_TEST(copies_are_written_anew_after_fork)
{
	begin();
	for (int i = 0; i < 100; i++)
		map(i * 5, i * 5 + 3, (uint8_t)(1 + i % 7));
	cut(100, 200);
	for (uint32_t slot = 1; slot < profile_count(TIDE_SECTION_RANGES); slot++)
		profile_address_range(slot)->end = 1; /* as the parent went on */
	ranges_after_fork(false);
	compare();
	map(120, 150, 3);
	compare();
	core_end();
}
END_TEST

UNIT_MAIN("ranges", pieces_add_up, the_first_piece_is_found, copies_are_written_anew_after_fork)
