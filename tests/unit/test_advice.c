/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>

#include "analyze/advice/copies.h"
#include "analyze/advice/words.h"
#include "lib/unit.h"
#include "source/copies.h"

static enum copies kind_of(const char *function)
{
	const struct view_frame frame = { .function = function };

	return copies_kind(&frame);
}

START_TEST(copying_calls_are_known_by_name)
{
	static const char *const surely[] = {
		"strdup",
		"g_strdup",
		"__strndup",
		"xmlStrdup",
		"Image::clone() const",
		"std::vector<int, std::allocator<int> >::vector(std::vector<int, "
		"std::allocator<int> > const&)",
		"std::vector<int, std::allocator<int> >::operator=(std::vector<int, "
		"std::allocator<int> > const&)",
		"Image::Image(Image const&)",
		"ns::Image::Image(ns::Image const&)",
		"PyArray_NewCopy",
		"<alloc::vec::Vec<T> as core::clone::Clone>::clone",
		"alloc::slice::<impl [T]>::to_vec",
	};
	static const char *const by_name[] = { "image_copy", "ImageCopy", "copy_file",
					       "jv_array_copy" };

	for (size_t i = 0; i < sizeof(surely) / sizeof(surely[0]); i++)
		ck_assert_msg(kind_of(surely[i]) == COPIES_SURELY, "%s", surely[i]);
	for (size_t i = 0; i < sizeof(by_name) / sizeof(by_name[0]); i++)
		ck_assert_msg(kind_of(by_name[i]) == COPIES_BY_NAME, "%s", by_name[i]);
}
END_TEST

START_TEST(functions_of_python_are_known_by_their_whole_name)
{
	struct view_frame frame = { .python = true, .function = "NDFrame.copy" };

	ck_assert_int_eq(copies_kind(&frame), COPIES_SURELY);
	frame.function = "deepcopy";
	ck_assert_int_eq(copies_kind(&frame), COPIES_SURELY);
	frame.function = "NDFrame._take_with_is_copy";
	ck_assert_int_eq(copies_kind(&frame), COPIES_NOT);
}
END_TEST

START_TEST(others_are_not_taken_for_them)
{
	static const char *const others[] = {
		"malloc",
		"copyright_notice",
		"main",
		"dupe_check",
		"std::vector<int, std::allocator<int> >::vector(unsigned long, int const&, "
		"std::allocator<int> const&)",
		"std::vector<Copy>::push_back(Copy const&)",
		"Image::Image(Options const&)",
		"read_all(std::vector<copy> const&)",
		"",
		"<",
		"operator<",
		"::",
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		ck_assert_msg(kind_of(others[i]) == COPIES_NOT, "%s", others[i]);
	ck_assert_int_eq(kind_of(NULL), COPIES_NOT);
}
END_TEST

START_TEST(lines_of_python_tell_copies)
{
	static const char *const copies[] = {
		"b = a.copy()",	      "b = list(a)",	  "    return bytes(view)",
		"c = a[1:]",	      "c = f(a)[:10]",	  "d = np.array(a)",
		"e = a.astype('f4')", "x = a[b[1]:c(2)]", "print(copy.deepcopy(a))",
	};
	static const char *const others[] = {
		"b = a",
		"b = a[1]",
		"b = a[{1: 2}[3]]",
		"def f(x: int) -> list[int]:",
		"b = 'list(a)'",
		"b = make(a)  # a.copy()",
		"b = [x for x in a]",
		"copy = 3",
		"b = \"unfinished",
		"b = a[",
		"",
	};

	for (size_t i = 0; i < sizeof(copies) / sizeof(copies[0]); i++)
		ck_assert_msg(copies_in_line(copies[i]), "%s", copies[i]);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		ck_assert_msg(!copies_in_line(others[i]), "%s", others[i]);
}
END_TEST

START_TEST(every_kind_has_words_in_every_language)
{
	static const struct {
		struct view_frame frame;
		enum language language;
	} lines[] = {
		{ { .python = true, .file = "x.c" }, LANGUAGE_PYTHON },
		{ { .file = "/src/a.c" }, LANGUAGE_C },
		{ { .file = "a.cc" }, LANGUAGE_CXX },
		{ { .file = "a.rs" }, LANGUAGE_RUST },
		{ { .linkage = "_ZN1a1bEv" }, LANGUAGE_CXX },
		{ { .linkage = "_RNvC1a1b" }, LANGUAGE_RUST },
		{ { .function = "main" }, LANGUAGE_C },
		{ { .function = NULL }, LANGUAGE_C },
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		ck_assert_int_eq(words_language(&lines[i].frame), lines[i].language);
	for (int kind = 0; kind < VIEW_ADVICE_KINDS; kind++)
		for (int language = 0; language < LANGUAGES; language++)
			ck_assert_ptr_nonnull(
				words_action((enum view_advice_kind)kind, (enum language)language));
}
END_TEST

UNIT_MAIN("advice", copying_calls_are_known_by_name,
	  functions_of_python_are_known_by_their_whole_name, others_are_not_taken_for_them,
	  lines_of_python_tell_copies, every_kind_has_words_in_every_language)
