/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <stdint.h>
#include <stdio.h>

#include "base/brief.h"
#include "base/pool.h"
#include "base/util.h"
#include "lib/unit.h"

START_TEST(bytes_are_readable)
{
	ck_assert_str_eq(util_bytes(0).text, "0 B");
	ck_assert_str_eq(util_bytes(1023).text, "1023 B");
	ck_assert_str_eq(util_bytes(1024).text, "1.0 KiB");
	ck_assert_str_eq(util_bytes(327155712).text, "312.0 MiB");
	ck_assert_str_eq(util_bytes(1048575).text, "1.0 MiB");
	ck_assert_str_eq(util_bytes(-2048).text, "-2.0 KiB");
	ck_assert_str_eq(util_bytes(INT64_MIN).text, "-8.0 EiB");
}
END_TEST

START_TEST(counts_are_grouped)
{
	ck_assert_str_eq(util_count(0).text, "0");
	ck_assert_str_eq(util_count(999).text, "999");
	ck_assert_str_eq(util_count(1234567).text, "1,234,567");
	ck_assert_str_eq(util_count(-1000).text, "-1,000");
	ck_assert_str_eq(util_count(INT64_MIN).text, "-9,223,372,036,854,775,808");
}
END_TEST

START_TEST(things_have_their_number)
{
	ck_assert_str_eq(util_counted(1, "block").text, "1 block");
	ck_assert_str_eq(util_counted(0, "block").text, "0 blocks");
	ck_assert_str_eq(util_counted(1000, "other site").text, "1,000 other sites");
}
END_TEST

START_TEST(durations_have_a_fitting_unit)
{
	ck_assert_str_eq(util_duration(870).text, "870 us");
	ck_assert_str_eq(util_duration(1500).text, "1.5 ms");
	ck_assert_str_eq(util_duration(1240000).text, "1.24 s");
	ck_assert_str_eq(util_duration(187000000).text, "3 min 07 s");
	ck_assert_str_eq(util_duration(7500000000).text, "2 h 05 min");
	ck_assert_str_eq(util_duration(90000000000).text, "1 d 01 h");
}
END_TEST

START_TEST(percent_of_nothing_is_a_dash)
{
	ck_assert_str_eq(util_percent(1, 3).text, "33.3 %");
	ck_assert_str_eq(util_percent(1, 0).text, "-");
}
END_TEST

static void expect_brief(const char *function, const char *want)
{
	struct buf b = { 0 };

	ck_assert_str_eq(brief_name(function, &b), want);
	buf_free(&b);
}

START_TEST(names_are_short)
{
	expect_brief("main", "main");
	expect_brief("app::work(int, char const*)", "app::work");
	expect_brief("void app::work<int>(std::vector<int> const&)", "app::work<int>");
	expect_brief(
		"std::vector<std::pair<std::string, int>, std::allocator<int> >::push_back(int&)",
		"std::vector<...>::push_back");
	expect_brief("operator new(unsigned long)", "operator new");
	expect_brief("A::operator()(int) const", "A::operator()");
	expect_brief("std::ostream& operator<< <char>(std::ostream&, char)", "operator<<<char>");
	expect_brief("A::operator->() const", "A::operator->");
	expect_brief("(anonymous namespace)::f(int)", "(anonymous namespace)::f");
	expect_brief("f(int)::{lambda(int)#1}::operator()(int) const",
		     "f::{lambda(int)#1}::operator()");
	expect_brief("<alloc::vec::Vec<T> as core::ops::Drop>::drop",
		     "<alloc::vec::Vec<T> as core::ops::Drop>::drop");
	expect_brief("work(int) [clone .part.0]", "work");
	expect_brief("", "");
	expect_brief("f(((((", "f");
	expect_brief("<<<<", "<<<<");
}
END_TEST

START_TEST(pool_keeps_a_string_once)
{
	struct pool p = { 0 };
	uint32_t one, two, three, i;
	char text[16];

	ck_assert_int_eq(pool_add(&p, "one", &one), 0);
	for (i = 0; i < 5000; i++) {
		snprintf(text, sizeof(text), "s%u", i);
		ck_assert_int_eq(pool_add(&p, text, &two), 0);
		ck_assert_str_eq(pool_text(&p, two), text);
	}
	ck_assert_int_eq(pool_add(&p, "one", &three), 0);
	ck_assert_uint_eq(one, three);
	ck_assert_int_eq(pool_add(&p, "", &three), 0);
	ck_assert_uint_eq(three, 0);
	ck_assert_str_eq(pool_text(&p, 0), "");
	ck_assert_str_eq(pool_text(&p, UINT32_MAX), "");
	pool_free(&p);
}
END_TEST

UNIT_MAIN("util", bytes_are_readable, counts_are_grouped, things_have_their_number,
	  durations_have_a_fitting_unit, percent_of_nothing_is_a_dash, names_are_short,
	  pool_keeps_a_string_once)
