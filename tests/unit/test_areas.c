/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Areas by site never stand above what was live, and add up to it with the others; pauses. */
#include <check.h>
#include <string.h>

#include "lib/story.h"
#include "lib/unit.h"

#define LARGE 0
#define SMALL 1

static struct mkprofile mk;
static struct story s;

static uint32_t add_site(int64_t at_peak_bytes, uint64_t pc)
{
	uint32_t node = mk_node(&mk, 0, mk_frame(&mk, pc, 0)), site = mk_site(&mk, node);
	struct tide_record *r = mk_record(&mk, site, 0);

	r->live_bytes = r->high_bytes = at_peak_bytes;
	r->live_blocks = r->calls = 1;
	r->total_bytes = (uint64_t)at_peak_bytes;
	return site;
}

static void history(uint64_t us, int64_t live_bytes, int64_t large, int64_t small)
{
	struct tide_history_row *row = mk_history(&mk, us, live_bytes);

	row->bytes[LARGE] = large;
	row->bytes[SMALL] = small;
}

/* The history has three rows, the timeline many more, above, between and below those. */
static void begin(void)
{
	static const struct {
		uint64_t us, live_bytes;
	} rows[] = { { 0, 0 },	    { 100, 500 },  { 150, 400 },  { 200, 1000 },
		     { 250, 1500 }, { 300, 5000 }, { 350, 1500 }, { 400, 2000 },
		     { 450, 100 },  { 500, 0 },	   { 550, 1000 } };

	mk_init(&mk);
	mk_column(&mk, LARGE, add_site(8000, 0x100));
	mk_column(&mk, SMALL, add_site(1000, 0x200));
	history(200, 1000, 500, 100);
	history(400, 2000, 1500, 100);
	history(550, 1000, 900, 100);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		mk_row(&mk, rows[i].us, rows[i].live_bytes, 0);
	mk.header.pulse.peak_bytes = 10000;
	mk.header.pulse.peak_us = 475;
	mk.header.end_us = 600;
}

static const struct view_area_row *row_at(uint64_t us)
{
	const struct view_areas *a = &s.analysis.view.areas;

	for (size_t i = 0; i < a->row_count; i++)
		if (a->rows[i].us == us)
			return &a->rows[i];
	ck_abort_msg("no row at %llu", (unsigned long long)us);
}

static void tell(void)
{
	story_load(&s, &mk);
	story_analyze(&s);
}

START_TEST(areas_never_stand_above_what_was_live)
{
	const struct view_areas *a = &s.analysis.view.areas;
	uint64_t last_us = 0;

	begin();
	tell();
	ck_assert_uint_eq(a->count, 2);
	/* The timeline's eleven, the peak and the end. */
	ck_assert_uint_eq(a->row_count, 13);
	for (size_t i = 0; i < a->row_count; i++) {
		const struct view_area_row *row = &a->rows[i];

		ck_assert_int_ge(row->bytes[0], 0);
		ck_assert_int_ge(row->bytes[1], 0);
		ck_assert_int_le(row->bytes[0] + row->bytes[1], row->live_bytes);
		ck_assert_uint_ge(row->us, last_us);
		last_us = row->us;
	}
	story_free(&s);
}
END_TEST

START_TEST(where_sites_are_known_they_are_told)
{
	begin();
	tell();
	ck_assert_int_eq(row_at(200)->bytes[0], 500);
	ck_assert_int_eq(row_at(400)->bytes[0], 1500);
	ck_assert_int_eq(row_at(475)->live_bytes, 10000);
	ck_assert_int_eq(row_at(475)->bytes[0], 8000);
	ck_assert_int_eq(row_at(475)->bytes[1], 1000);
	story_free(&s);
}
END_TEST

/* Made and freed between two rows of the history, and the most of the peak. */
START_TEST(what_the_history_missed_has_an_area)
{
	const struct view_areas *a = &s.analysis.view.areas;
	uint32_t site;

	begin();
	site = add_site(900, 0x300);
	tell();
	ck_assert_uint_eq(a->count, 3);
	ck_assert_uint_eq(a->sites[2].id, site);
	ck_assert_int_eq(row_at(475)->bytes[2], 900);
	ck_assert_int_eq(row_at(200)->bytes[2], 0);
	story_free(&s);
}
END_TEST

START_TEST(in_between_they_go_as_what_was_live_did)
{
	begin();
	tell();
	/* Halfway from 1000 to 2000. */
	ck_assert_int_eq(row_at(250)->bytes[0], 1000);
	ck_assert_int_eq(row_at(350)->bytes[0], 1000);
	/* Above both: the surplus is nobody's by name. */
	ck_assert_int_eq(row_at(300)->bytes[0], 1500);
	ck_assert_int_eq(row_at(300)->bytes[1], 100);
	/* Below both, each has its share of the smaller. */
	ck_assert_int_eq(row_at(450)->bytes[0], 75);
	ck_assert_int_eq(row_at(450)->bytes[1], 5);
	ck_assert_int_eq(row_at(500)->bytes[0], 0);
	story_free(&s);
}
END_TEST

START_TEST(a_history_that_claims_more_is_cut)
{
	begin();
	((struct tide_history_row *)mk_item(&mk, TIDE_SECTION_HISTORY, 2))->bytes[LARGE] =
		INT64_MAX;
	((struct tide_history_row *)mk_item(&mk, TIDE_SECTION_HISTORY, 2))->bytes[SMALL] =
		INT64_MAX;
	((struct tide_history_row *)mk_item(&mk, TIDE_SECTION_HISTORY, 3))->live_bytes = INT64_MIN;
	tell();
	for (size_t i = 0; i < s.analysis.view.areas.row_count; i++) {
		const struct view_area_row *row = &s.analysis.view.areas.rows[i];

		ck_assert_int_ge(row->bytes[0], 0);
		ck_assert_int_ge(row->bytes[1], 0);
		ck_assert_int_le(row->bytes[0] + row->bytes[1], row->live_bytes);
	}
	story_free(&s);
}
END_TEST

static void turn(uint64_t us, uint32_t flags)
{
	mk_mark(&mk, us, "turned")->flags = flags;
}

static void is_pause(size_t number, uint64_t us, uint64_t until_us)
{
	const struct view_facts *f = &s.analysis.view.facts;

	ck_assert_uint_gt(f->pause_count, number);
	ck_assert_uint_eq(f->pauses[number].us, us);
	ck_assert_uint_eq(f->pauses[number].until_us, until_us);
}

START_TEST(pauses_are_told_by_their_marks)
{
	begin();
	mk.header.flags |= TIDE_FLAG_PAUSED;
	mk.header.pulse.control = TIDE_CONTROL_OFF;
	mk.header.pause_began_us = 520;
	turn(50, TIDE_MARK_ON);
	turn(60, 0);
	turn(120, TIDE_MARK_OFF | TIDE_MARK_OUTSIDE);
	turn(140, TIDE_MARK_ON | TIDE_MARK_OUTSIDE);
	turn(520, TIDE_MARK_OFF);
	tell();
	is_pause(0, 0, 50);
	is_pause(1, 120, 140);
	is_pause(2, 520, 600);
	ck_assert_uint_eq(s.analysis.view.facts.pause_count, 3);
	story_free(&s);
}
END_TEST

START_TEST(without_marks_the_last_pause_is_told)
{
	begin();
	mk.header.flags |= TIDE_FLAG_PAUSED;
	mk.header.pause_began_us = 300;
	mk.header.paused_us = 70;
	tell();
	is_pause(0, 300, 370);
	ck_assert_uint_eq(s.analysis.view.facts.pause_count, 1);
	story_free(&s);
	begin();
	tell();
	ck_assert_uint_eq(s.analysis.view.facts.pause_count, 0);
	story_free(&s);
}
END_TEST

UNIT_MAIN("areas", areas_never_stand_above_what_was_live, where_sites_are_known_they_are_told,
	  what_the_history_missed_has_an_area, in_between_they_go_as_what_was_live_did,
	  a_history_that_claims_more_is_cut, pauses_are_told_by_their_marks,
	  without_marks_the_last_pause_is_told)
