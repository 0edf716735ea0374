/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "analyze/filter.h"
#include "lib/unit.h"

static struct filter f;
static struct err e;

START_TEST(terms_are_parsed)
{
	ck_assert_int_eq(
		filter_parse(&f, "func:parse_* file:*.c module:libx.so size>1M calls<5", &e), 0);
	ck_assert_uint_eq(f.count, 5);
	ck_assert_str_eq(f.terms[0].glob, "parse_*");
	ck_assert_int_eq(f.terms[3].what, FILTER_SIZE);
	ck_assert_uint_eq(f.terms[3].limit, 1 << 20);
	ck_assert(!f.terms[3].below);
	ck_assert(f.terms[4].below);
	ck_assert_int_eq(filter_parse(&f, "  ", &e), 0);
	ck_assert_uint_eq(f.count, 0);
}
END_TEST

START_TEST(nonsense_is_refused_by_name)
{
	static const char *const wrong[] = {
		"nonsense",
		"size",
		"size>",
		"size>x",
		"func:",
		"func>5",
		"size:5",
		"calls>1 what:x",
		":",
		">",
		"func:a func:a func:a func:a func:a func:a func:a func:a func:a func:a "
		"func:a func:a func:a func:a func:a func:a func:a",
	};
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		e.text[0] = '\0';
		ck_assert_msg(filter_parse(&f, wrong[i], &e) < 0, "'%s' was taken", wrong[i]);
		ck_assert_msg(strstr(e.text, "--filter"), "%s", e.text);
	}
	filter_parse(&f, "calls>1 what:x", &e);
	ck_assert(strstr(e.text, "'what:x'"));
}
END_TEST

START_TEST(frames_fit_their_terms)
{
	const struct view_frame frame = {
		.function = "app::Reader::read(std::string const&)",
		.file = "/src/app/reader.cc",
		.module = "/usr/lib/libapp.so.1",
	}, unknown = { .module = "/usr/bin/x" };

	ck_assert_int_eq(filter_parse(&f,
				      "func:*Reader::read file:reader.cc module:libapp.* "
				      "func:other size>5",
				      &e),
			 0);
	ck_assert_uint_eq(filter_frame(&f, &frame), 1 | 2 | 4);
	ck_assert_uint_eq(filter_frame(&f, &unknown), 0);
}
END_TEST

START_TEST(all_terms_must_hold)
{
	const struct view_sums sums = { .at_peak_bytes = 100, .calls = 7, .live_bytes = -5 };

	ck_assert_int_eq(filter_parse(&f, "func:a size>99 calls<8", &e), 0);
	ck_assert(filter_site(&f, &sums, 1));
	ck_assert(!filter_site(&f, &sums, 0));
	ck_assert_int_eq(filter_parse(&f, "size>100", &e), 0);
	ck_assert(!filter_site(&f, &sums, 0));
	ck_assert_int_eq(filter_parse(&f, "live<1", &e), 0);
	ck_assert(filter_site(&f, &sums, 0));
}
END_TEST

UNIT_MAIN("filter", terms_are_parsed, nonsense_is_refused_by_name, frames_fit_their_terms,
	  all_terms_must_hold)
