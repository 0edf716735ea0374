/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "check/limits.h"
#include "lib/unit.h"

static struct limits l;
static struct err e;

START_TEST(sizes_and_numbers)
{
	ck_assert_int_eq(limits_add(&l, LIMIT_PEAK, "512M", &e), 0);
	ck_assert_uint_eq(l.list[0].most, 512u << 20);
	ck_assert(!limits_want_leaks(&l));
	ck_assert_int_eq(limits_add(&l, LIMIT_CALLS, "1000", &e), 0);
	ck_assert_int_eq(limits_add(&l, LIMIT_DEFINITE, "0", &e), 0);
	ck_assert(limits_want_leaks(&l));
	ck_assert_uint_eq(l.count, 3);
	ck_assert_int_eq(limits_add(&l, LIMIT_POSSIBLE, "none", &e), 0);
	ck_assert_uint_eq(l.count, 3);
	limits_free(&l);
}
END_TEST

START_TEST(limits_of_functions)
{
	ck_assert_int_eq(limits_add_function(&l, "ns::parse_*:peak=64M,calls=10", &e), 0);
	ck_assert_uint_eq(l.count, 2);
	ck_assert_str_eq(l.list[0].function, "ns::parse_*");
	ck_assert_int_eq(l.list[0].what, LIMIT_PEAK);
	ck_assert_uint_eq(l.list[0].most, 64u << 20);
	ck_assert_int_eq(l.list[1].what, LIMIT_CALLS);
	ck_assert_uint_eq(l.list[1].most, 10);
	ck_assert(limits_want_functions(&l));
	ck_assert(!limits_want_leaks(&l));
	ck_assert_int_eq(limits_add_function(&l, "file:a.c:definite=0", &e), 0);
	ck_assert(limits_want_leaks(&l));
	ck_assert(limits_fit(&l.list[2], &(struct view_frame){ .file = "/x/a.c" }));
	ck_assert(!limits_fit(&l.list[2], &(struct view_frame){ .function = "a.c" }));
	ck_assert(limits_fit(&l.list[0], &(struct view_frame){ .function = "ns::parse_it(int)" }));
	ck_assert(limits_fit(&l.list[0],
			     &(struct view_frame){ .function = "int ns::parse_it<char>()" }));
	ck_assert(!limits_fit(&l.list[0], &(struct view_frame){ .function = "parse_it" }));
	ck_assert(!limits_fit(&l.list[0], &(struct view_frame){ .module = "parse_it" }));
	limits_free(&l);
}
END_TEST

static void refused(int err, const char *word)
{
	ck_assert_int_eq(err, -EINVAL);
	ck_assert_msg(strstr(e.text, word), "%s", e.text);
}

START_TEST(mistakes_are_named)
{
	refused(limits_add(&l, LIMIT_PEAK, "lots", &e), "'lots'");
	refused(limits_add(&l, LIMIT_CALLS, "5M", &e), "--max-calls");
	refused(limits_add(&l, LIMIT_CALLS, "-1", &e), "--max-calls");
	refused(limits_add_function(&l, "f", &e), "'f'");
	refused(limits_add_function(&l, "f:", &e), "'f:'");
	refused(limits_add_function(&l, ":peak=1", &e), "':peak=1'");
	refused(limits_add_function(&l, "f:peak", &e), "'f:peak'");
	refused(limits_add_function(&l, "f:size=1", &e), "'f:size=1'");
	refused(limits_add_function(&l, "f:peak=1,live", &e), "--limit");
	refused(limits_set_growth(&l, "many", &e), "'many'");
	refused(limits_set_growth(&l, "-5%", &e), "'-5%'");
	refused(limits_set_growth(&l, "5x", &e), "'5x'");
	refused(limits_set_growth(&l, "", &e), "''");
	limits_free(&l);
}
END_TEST

START_TEST(growth_is_a_part)
{
	ck_assert_int_eq(limits_set_growth(&l, "5%", &e), 0);
	ck_assert_double_eq_tol(l.growth, 0.05, 1e-9);
	ck_assert_int_eq(limits_set_growth(&l, "0", &e), 0);
	ck_assert_double_eq_tol(l.growth, 0, 1e-9);
	ck_assert_int_eq(limits_set_growth(&l, ".5%", &e), 0);
	ck_assert_double_eq_tol(l.growth, 0.005, 1e-9);
}
END_TEST

UNIT_MAIN("limits", sizes_and_numbers, limits_of_functions, mistakes_are_named, growth_is_a_part)
