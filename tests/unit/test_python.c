/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the library knows of CPython without one: tables of lines as the compilers of three versions
 * made them of one function, with the answers of those versions; layouts; symbols.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "lib/unit.h"
#include "python/elf.h"
#include "python/layout.h"
#include "python/leaf.h"
#include "python/lines.h"

struct place {
	int at;
	uint32_t line;
};

/* Python 3.8 */
static const uint8_t table_8[] = { 0, 4, 2, 1, 2,   1, 2, 255, 2,   254, 4,   7, 8,  1, 2,
				   1, 2, 1, 2, 255, 8, 3, 4,   127, 0,	 127, 0, 49, 2, 255 };

static const struct place places_8[] = { { 0, 5 },   { 2, 6 },	 { 4, 7 },   { 6, 6 },
					 { 8, 4 },   { 12, 11 }, { 20, 12 }, { 22, 13 },
					 { 24, 14 }, { 26, 13 }, { 34, 16 }, { 38, 319 },
					 { 40, 318 } };

/* Python 3.10 */
static const uint8_t table_10[] = { 2, 4, 2, 1, 2,   1, 2, 255, 4,   254, 8,   7, 2,  1, 2,
				    1, 2, 1, 6, 255, 4, 3, 0,	127, 0,	  127, 2, 49, 2, 255 };

static const struct place places_10[] = { { 0, 5 },   { 2, 6 },	  { 4, 7 },   { 6, 6 },
					  { 8, 4 },   { 12, 11 }, { 20, 12 }, { 22, 13 },
					  { 24, 14 }, { 26, 13 }, { 32, 16 }, { 36, 319 },
					  { 38, 318 } };

/* Python 3.11 */
static const uint8_t table_11[] = { 128, 0,   240, 8,	0,   9,	  10,  221, 8,	 9,   216, 12,	13,
				    241, 3,   2,   9,	10,  244, 0,   2,   9,	 10,  240, 5,	5,
				    9,	 6,   128, 65,	240, 14,  0,   14,  15,	 240, 0,   5,	5,
				    17,	 240, 0,   5,	5,   17,  136, 1,   240, 2,   4,   9,	17,
				    216, 17,  18,  216, 17,  18,  241, 3,   1,	 18,  19,  136, 65,
				    240, 6,   0,   13,	17,  248, 136, 68,  136, 68,  136, 68,	136,
				    68,	 240, 94,  9,	0,   9,	  10,  240, 3,	 2,   5,   6 };

static const struct place places_11[] = {
	{ 0, 1 },   { 2, 5 },	{ 4, 6 },    { 16, 7 },	 { 18, 6 },  { 22, 6 },	 { 32, 4 },
	{ 34, 4 },  { 36, 11 }, { 38, 11 },  { 40, 11 }, { 42, 11 }, { 44, 12 }, { 46, 13 },
	{ 48, 14 }, { 50, 13 }, { 54, 13 },  { 56, 16 }, { 58, 16 }, { 60, 16 }, { 62, 16 },
	{ 64, 16 }, { 66, 16 }, { 68, 319 }, { 70, 318 }
};

#define CHECK_LINES(format, n)                                        \
	check_lines(format, table_##n, sizeof(table_##n), places_##n, \
		    sizeof(places_##n) / sizeof(places_##n[0]))

/* Each line holds from its place to the next. */
static void check_lines(enum python_lines format, const uint8_t *table, size_t bytes,
			const struct place *places, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int end = i + 1 < count ? places[i + 1].at : places[i].at + 2;

		for (int at = places[i].at; at < end; at += 2)
			ck_assert_uint_eq(python_line(format, table, bytes, 1, at), places[i].line);
	}
	ck_assert_uint_eq(python_line(format, table, bytes, 1, -2), 1);
}

START_TEST(lines_are_those_of_the_interpreter)
{
	CHECK_LINES(PYTHON_LNOTAB, 8);
	CHECK_LINES(PYTHON_RANGES, 10);
	CHECK_LINES(PYTHON_LOCATIONS, 11);
}
END_TEST

START_TEST(reading_on_gives_what_reading_anew_does)
{
	struct python_line_place place = { 0 };

	for (int i = 0, at = 0; i < 20000; i++) {
		at = (at + (i % 7 == 3 ? 38 : 2 * (i % 5))) % 90;
		ck_assert_uint_eq(python_line_from(&place, PYTHON_LOCATIONS, table_11,
						   sizeof(table_11), 1, at),
				  python_line(PYTHON_LOCATIONS, table_11, sizeof(table_11), 1, at));
	}
}
END_TEST

START_TEST(cut_tables_give_some_line)
{
	for (size_t bytes = 0; bytes < sizeof(table_11); bytes++)
		for (int at = 0; at < 400; at += 2)
			ck_assert_uint_lt(python_line(PYTHON_LOCATIONS, table_11, bytes, 1, at),
					  100000);
	ck_assert_uint_eq(python_line(PYTHON_LOCATIONS, NULL, 0, 7, 10), 7);
}
END_TEST

static enum tide_python describe(struct python_layout *layout, unsigned minor, uint64_t version,
				 uint64_t free_threaded)
{
	uint64_t words[64];

	for (size_t i = 0; i < 64; i++)
		words[i] = 8 * i;
	memcpy(words, "xdebugpy", 8);
	words[1] = version;
	words[2] = free_threaded;
	return python_layout_choose(layout, minor, words);
}

START_TEST(layouts_are_chosen_by_version)
{
	struct python_layout l;

	ck_assert_int_eq(python_layout_choose(&l, 7, NULL), TIDE_PYTHON_UNKNOWN);
	for (unsigned minor = 8; minor <= 12; minor++) {
		ck_assert_int_eq(python_layout_choose(&l, minor, NULL), TIDE_PYTHON_FOUND);
		ck_assert_uint_eq(l.minor, minor);
	}
	ck_assert_int_eq(python_layout_choose(&l, 13, NULL), TIDE_PYTHON_UNKNOWN);
	ck_assert_int_eq(python_layout_choose(&l, 15, NULL), TIDE_PYTHON_UNKNOWN);
}
END_TEST

START_TEST(later_versions_describe_themselves)
{
	struct python_layout l;

	ck_assert_int_eq(describe(&l, 13, 0x030d00f0, 0), TIDE_PYTHON_FOUND);
	ck_assert_uint_eq(l.state_frame, 8 * 23);
	ck_assert_uint_eq(l.line_table, 8 * 38);
	ck_assert_int_eq(describe(&l, 14, 0x030e00f0, 0), TIDE_PYTHON_FOUND);
	ck_assert_uint_eq(l.code_mask & 3, 0);
	ck_assert_int_eq(describe(&l, 13, 0x030e00f0, 0), TIDE_PYTHON_UNKNOWN);
	ck_assert_int_eq(describe(&l, 13, 0x030d00f0, 1), TIDE_PYTHON_FREE_THREADED);
}
END_TEST

START_TEST(symbols_are_those_of_the_linker)
{
	static const char *const names[] = { "getenv", "qsort", "environ", "strtoul" };
	Dl_info info;
	struct link_map *map = NULL;

	void *getenv_at = dlsym(RTLD_DEFAULT, "getenv");

	ck_assert_int_ne(dladdr1(getenv_at, &info, (void **)&map, RTLD_DL_LINKMAP), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ck_assert_uint_ne(python_elf_find(map, names[i]).at, 0);
	ck_assert_uint_eq(python_elf_find(map, "getenv").at, (uintptr_t)getenv_at);
	ck_assert_uint_eq(python_elf_find(map, "_PyEval_EvalFrameDefault").at, 0);
}
END_TEST

START_TEST(files_of_the_library)
{
	static const char *const library[] = {
		"/usr/lib/python3.11/json/decoder.py",
		"/home/me/.pyenv/versions/3.8.18/lib/python3.8/threading.py",
		"/usr/lib64/python3.12/re/__init__.py",
		"<frozen importlib._bootstrap>",
	};
	static const char *const others[] = {
		"/home/me/shop.py",
		"<string>",
		"?",
		"",
		"/usr/lib/python3/dist-packages/numpy/core/numeric.py",
		"/srv/venv/lib/python3.11/site-packages/flask/app.py",
		"/home/me/lib/python2.7/old.py",
		"lib/python3",
	};

	for (size_t i = 0; i < sizeof(library) / sizeof(*library); i++)
		ck_assert_msg(python_leaf_is_library(library[i]), "%s", library[i]);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		ck_assert_msg(!python_leaf_is_library(others[i]), "%s", others[i]);
}
END_TEST

UNIT_MAIN("python", lines_are_those_of_the_interpreter, cut_tables_give_some_line,
	  reading_on_gives_what_reading_anew_does, layouts_are_chosen_by_version,
	  later_versions_describe_themselves, symbols_are_those_of_the_linker, files_of_the_library)
