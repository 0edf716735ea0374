/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Live bytes by site over time: rows that add up, columns of the largest, and a size that stays. */
#include <string.h>

#include "history.h"
#include "lib/core.h"
#include "lib/unit.h"

#define SITES	 200
#define DAY_US	 (24ull * 3600 * 1000000)
#define MONTH_US (30 * DAY_US)

static uint32_t sites[SITES], numbers[SITES];
static int64_t live[SITES], most[SITES];
static uint64_t seed = 42;

static void begin(void)
{
	core_begin();
	for (int i = 0; i < SITES; i++) {
		sites[i] = profile_take(TIDE_SECTION_SITES, 1);
		numbers[i] = profile_take(TIDE_SECTION_RECORDS, 1);
		*profile_record(numbers[i]) = (struct tide_record){ .site = sites[i] };
		live[i] = most[i] = 0;
	}
}

static void set(int site, int64_t bytes)
{
	live[site] = bytes;
	profile_record(numbers[site])->live_bytes = bytes;
}

static int64_t all(void)
{
	int64_t sum = 0;

	for (int i = 0; i < SITES; i++)
		sum += live[i];
	return sum;
}

static const struct tide_history *columns(void)
{
	return PROFILE_AT(TIDE_SECTION_HISTORY, struct tide_history, 0);
}

static const struct tide_history_row *row(uint32_t number)
{
	return PROFILE_AT(TIDE_SECTION_HISTORY, struct tide_history_row, number);
}

static int site_index(uint32_t site)
{
	for (int i = 0; i < SITES; i++) {
		if (sites[i] == site)
			return i;
	}
	return -1;
}

static bool has_column(int site)
{
	for (int slot = 0; slot < TIDE_HISTORY_SITES; slot++) {
		if (columns()->site[slot] == sites[site])
			return true;
	}
	return false;
}

/* The last row is the books as they are now. */
static void compare_last(void)
{
	const struct tide_history_row *last = row(profile.header->times.history - 1);

	ck_assert_int_eq(last->live_bytes, all());
	for (int slot = 0; slot < TIDE_HISTORY_SITES; slot++) {
		if (columns()->site[slot])
			ck_assert_int_eq(last->bytes[slot],
					 live[site_index(columns()->site[slot])]);
	}
}

START_TEST(each_row_is_the_books_of_its_moment)
{
	uint64_t now_us = 0;
	uint32_t rows = 0;

	begin();
	for (int event = 0; event < 200; event++) {
		for (int i = 0; i < 20; i++)
			set((int)(core_random(&seed) % SITES),
			    (int64_t)(core_random(&seed) % 1000000));
		now_us += 2000;
		history_tick(now_us, 1);
		ck_assert_uint_gt(profile.header->times.history, rows);
		rows = profile.header->times.history;
		compare_last();
	}
	core_end();
}
END_TEST

START_TEST(the_largest_get_columns_and_keep_them)
{
	uint64_t now_us = 0;

	begin();
	for (int i = 0; i < SITES; i++)
		set(i, 1000 + i);
	history_tick(now_us += 2000, 1);
	/* One that comes late, is large for a moment, and goes. */
	set(7, 50000000);
	history_tick(now_us += 2000, 1);
	ck_assert(has_column(7));
	set(7, 0);
	for (int round = 0; round < 1000; round++) {
		for (int i = 0; i < SITES; i++)
			set(i, i == 7 ? 0 : (int64_t)(core_random(&seed) % 10000));
		history_tick(now_us += 2000, 1);
	}
	ck_assert(has_column(7));
	core_end();
}
END_TEST

START_TEST(a_column_given_to_another_leaves_no_bytes_behind)
{
	uint64_t now_us = 0;
	int64_t sum;

	begin();
	for (int round = 1; round < 30; round++) {
		for (int i = 0; i < SITES; i++)
			set(i, i / 30 == round % 6 ? round * 100000 : 10);
		history_tick(now_us += 2000, 1);
	}
	for (uint32_t r = 1; r < profile.header->times.history; r++) {
		sum = 0;
		for (int slot = 0; slot < TIDE_HISTORY_SITES; slot++)
			sum += row(r)->bytes[slot];
		/* A row of 30 large ones cannot hold more than there was. */
		ck_assert_int_le(sum, row(r)->live_bytes);
	}
	core_end();
}
END_TEST

static uint32_t check_rows_in_order(uint64_t end_us)
{
	uint32_t count = profile.header->times.history;
	uint64_t interval_us = profile.header->times.history_interval_us;

	ck_assert_uint_le(count, TIDE_HISTORY_ROWS);
	ck_assert_uint_ge(count, TIDE_HISTORY_ROWS / 2 - 1);
	for (uint32_t r = 2; r < count; r++) {
		ck_assert_uint_gt(row(r)->us, row(r - 1)->us);
		/* Of two neighbours either may have stayed. */
		ck_assert_uint_le(row(r)->us - row(r - 1)->us, 4 * interval_us);
	}
	ck_assert_uint_le(row(1)->us, 4 * interval_us);
	ck_assert_uint_ge(row(count - 1)->us + 2 * interval_us, end_us);
	return count;
}

START_TEST(a_month_takes_the_room_of_a_minute)
{
	uint32_t chunks = 0;
	uint64_t now_us;

	begin();
	/* As often as a busy program looks at the clock in a second, for a month. */
	for (now_us = 1000; now_us < MONTH_US; now_us += now_us / 10000 + 500) {
		set((int)(core_random(&seed) % SITES), (int64_t)(core_random(&seed) % 1000000));
		history_tick(now_us, 1);
		if (!chunks)
			chunks = profile.header->chunks_used;
	}
	check_rows_in_order(now_us);
	ck_assert_uint_eq(profile.header->chunks_used, chunks);
	core_end();
}
END_TEST

/* The timeline as the hooks drive it: the clock goes on because the start is put back. */
START_TEST(any_number_of_events_takes_the_same_room)
{
	/* 10^9 in the long form. */
	const int events = getenv("TIDEMARK_TEST_LONG") ? 1000 : 10;
	struct tide_record *record;
	struct thread *t;
	uint32_t chunks;

	begin();
	record = profile_record(numbers[0]);
	t = thread_enter((uintptr_t)__builtin_frame_address(0));
	ck_assert_ptr_nonnull(t);
	peak_change(t, record, 1000, 1);
	timeline_tick(t);
	chunks = profile.header->chunks_used;
	/* A look at the clock after each of them: a month in all. */
	for (int i = 0; i < 1000000; i++) {
		for (int k = 0; k < events; k++)
			peak_change(t, record, k & 1 ? -500 : 500, 0);
		profile.start_us -= 2592000;
		timeline_tick(t);
	}
	ck_assert_uint_eq(profile.header->chunks_used, chunks);
	ck_assert_uint_le(profile.header->timeline_rows, TIDE_TIMELINE_ROWS);
	ck_assert_uint_ge(profile.header->timeline_rows, TIDE_TIMELINE_ROWS / 2);
	check_rows_in_order(profile_now_us());
	thread_leave(t);
	core_end();
}
END_TEST

/* What a mark takes is whole, also in the middle of a long pass cut in parts. */
START_TEST(a_sum_is_whole_however_many_records)
{
	struct history_sums sums = { 0 };
	int64_t bytes = 0;
	uint32_t number;

	begin();
	for (int i = 0; i < 100000; i++) {
		number = profile_take(TIDE_SECTION_RECORDS, 1);
		*profile_record(number) = (struct tide_record){ .site = sites[i % SITES],
								.live_bytes = i % SITES };
		live[i % SITES] += i % SITES;
	}
	history_tick(2000, 1);
	ck_assert_uint_eq(profile.header->times.history, 1);
	ck_assert(history_sum(&sums, 1));
	ck_assert_int_eq(sums.live_bytes, all());
	for (int slot = 0; slot < TIDE_HISTORY_SITES; slot++) {
		ck_assert_uint_ne(sums.site[slot], 0);
		ck_assert_int_eq(sums.bytes[slot], live[site_index(sums.site[slot])]);
		bytes += sums.bytes[slot];
	}
	ck_assert_int_lt(bytes, sums.live_bytes);
	for (int i = 1; i < 20; i++)
		history_tick(2000 + (uint64_t)i * 100000, 1);
	ck_assert_uint_ge(profile.header->times.history, 2);
	compare_last();
	core_end();
}
END_TEST

static struct Suite *suite(void)
{
	Suite *s = suite_create("history");
	TCase *tc = tcase_create("history");

	tcase_set_timeout(tc, UNIT_TIMEOUT_S);
	tcase_add_test(tc, each_row_is_the_books_of_its_moment);
	tcase_add_test(tc, the_largest_get_columns_and_keep_them);
	tcase_add_test(tc, a_column_given_to_another_leaves_no_bytes_behind);
	tcase_add_test(tc, a_month_takes_the_room_of_a_minute);
	tcase_add_test(tc, any_number_of_events_takes_the_same_room);
	tcase_add_test(tc, a_sum_is_whole_however_many_records);
	suite_add_tcase(s, tc);
	return s;
}

UNIT_MAIN_SUITE(suite)
