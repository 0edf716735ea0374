/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "lib/unit.h"
#include "tidemark/profile.h"

START_TEST(sizes_have_units)
{
	ck_assert_uint_eq(config_size("4096"), 4096);
	ck_assert_uint_eq(config_size("4K"), 4096);
	ck_assert_uint_eq(config_size("3m"), 3u << 20);
	ck_assert_uint_eq(config_size("2G"), 2ull << 30);
	ck_assert_uint_eq(config_size("x"), 0);
}
END_TEST

START_TEST(variables_are_found_by_their_whole_name)
{
	setenv("TIDEMARK_DEPTHS", "7", 1);
	unsetenv("TIDEMARK_DEPTH");
	ck_assert_ptr_null(config_variable("TIDEMARK_DEPTH"));
	setenv("TIDEMARK_DEPTH", "9", 1);
	ck_assert_str_eq(config_variable("TIDEMARK_DEPTH"), "9");
}
END_TEST

START_TEST(nonsense_means_the_default)
{
	setenv("TIDEMARK_DEPTH", "100000", 1);
	setenv("TIDEMARK_MAX_SIZE", "much", 1);
	config_read();
	ck_assert_uint_eq(config.depth, TIDE_DEPTH_DEFAULT);
	ck_assert_uint_eq(config.file_max_bytes, TIDE_FILE_MAX_BYTES);
}
END_TEST

START_TEST(a_relative_output_is_made_absolute)
{
	setenv("TIDEMARK_OUTPUT", "x.%p", 1);
	config_read();
	ck_assert_int_eq(config.output[0], '/');
	ck_assert_str_eq(config.output + strlen(config.output) - 5, "/x.%p");
}
END_TEST

UNIT_MAIN("config", sizes_have_units, variables_are_found_by_their_whole_name,
	  nonsense_means_the_default, a_relative_output_is_made_absolute)
