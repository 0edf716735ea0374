/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check/match.h"
#include "check/suppress.h"
#include "lib/unit.h"

#define DEFINITE  0
#define INDIRECT  1
#define REACHABLE 3

/* main() calls app::load(), into which helper() is inlined, which calls strdup(). */
static const struct view_frame frames[] = {
	{ .function = "strdup", .file = "strdup.c", .line = 42, .module = "/usr/lib/libc.so.6" },
	{ .function = "helper(char const*)",
	  .linkage = "_Z6helperPKc",
	  .file = "/src/app/helper.h",
	  .line = 7,
	  .module = "/opt/app/bin/app",
	  .inlined = true },
	{ .function = "app::load(std::string const&)",
	  .linkage = "_ZN3app4loadERKSs",
	  .file = "/src/app/load.cc",
	  .line = 99,
	  .module = "/opt/app/bin/app" },
	{ .module = "/opt/app/lib/plugin.so" },
	{ .function = "main", .file = "/src/app/main.c", .line = 3, .module = "/opt/app/bin/app" },
};
static const uint32_t stack[] = { 0, 1, 2, 3, 4 };

static struct suppressions s;
static struct err e;

static int parse(const char *text)
{
	suppress_free(&s);
	e.text[0] = '\0';
	return suppress_parse(&s, "test.supp", text, &e);
}

static struct suppression *find(unsigned leak_class)
{
	return suppress_find(&s, frames, stack, sizeof(stack) / sizeof(stack[0]), leak_class);
}

static bool suppresses(const char *text)
{
	ck_assert_msg(!parse(text), "%s: %s", text, e.text);
	return find(DEFINITE) != NULL;
}

START_TEST(globs_fit_whole_texts)
{
	ck_assert(match_glob("", ""));
	ck_assert(match_glob("*", ""));
	ck_assert(match_glob("a*c", "abbbc"));
	ck_assert(match_glob("a*b*c", "axbxbxc"));
	ck_assert(match_glob("?bc", "abc"));
	ck_assert(match_glob("operator[]", "operator[]"));
	ck_assert(!match_glob("a*c", "abcd"));
	ck_assert(!match_glob("bc", "abc"));
	ck_assert(!match_glob("?", ""));
}
END_TEST

START_TEST(templates_are_found_anywhere)
{
	ck_assert(match_template("oo", "foo_bar"));
	ck_assert(match_template("f*bar", "a foo_bar b"));
	ck_assert(match_template("^foo", "foo_bar"));
	ck_assert(match_template("bar$", "foo_bar"));
	ck_assert(match_template("^foo*bar$", "foo_bar"));
	ck_assert(match_template("^*bar", "foo_bar"));
	ck_assert(match_template("a*a$", "aa"));
	ck_assert(match_template("o*", "foo"));
	ck_assert(!match_template("^oo", "foo"));
	ck_assert(!match_template("fo$", "foo"));
	ck_assert(!match_template("^foo$", "foofoo"));
	ck_assert(!match_template("a*a$", "a"));
	ck_assert(!match_template("", ""));
	ck_assert(!match_template("oof", "foo"));
}
END_TEST

START_TEST(templates_look_at_every_frame_and_name)
{
	ck_assert(suppresses("leak:app::load"));
	ck_assert(suppresses("leak:_ZN3app4load"));
	ck_assert(suppresses("leak:helper.h"));
	ck_assert(suppresses("leak:^main$"));
	ck_assert(suppresses("leak:plugin.so"));
	ck_assert(suppresses("# why\n\n  leak:no_such_thing\nleak:libc.so  \n"));
	ck_assert_str_eq(find(DEFINITE)->name, "leak:libc.so");
	ck_assert_uint_eq(find(DEFINITE)->line, 4);
	ck_assert(!suppresses("leak:^load"));
	ck_assert(!suppresses("leak:nowhere"));
	ck_assert(!suppresses(""));
}
END_TEST

#define ENTRY(lines) "{\n   a name\n   Memcheck:Leak\n" lines "}\n"

START_TEST(frames_fit_from_the_innermost_one)
{
	ck_assert(suppresses(ENTRY("   fun:strdup\n   fun:_Z6helperPKc\n")));
	ck_assert(suppresses(ENTRY("   fun:strdup\n   fun:helper*\n   fun:_ZN3app*\n")));
	ck_assert(suppresses(ENTRY("   fun:strdup\n   src:helper.h:7\n   src:*load.cc\n")));
	ck_assert(suppresses(ENTRY("   obj:*libc.so.6\n   obj:*/app\n")));
	ck_assert(suppresses(ENTRY("   ...\n   fun:main\n")));
	ck_assert(suppresses(ENTRY("   fun:strdup\n   ...\n   obj:*plugin.so\n   fun:main\n")));
	ck_assert(suppresses(ENTRY("   ...\n   fun:*\n   fun:main\n   ...\n")));
	ck_assert(!suppresses(ENTRY("   fun:helper*\n")));
	ck_assert(!suppresses(ENTRY("   fun:strdup\n   fun:main\n")));
	ck_assert(!suppresses(ENTRY("   src:strdup.c:43\n")));
	ck_assert(!suppresses(ENTRY("   ...\n   fun:main\n   fun:_start\n")));
	ck_assert_str_eq(s.list[0].name, "a name");
	ck_assert_uint_eq(s.list[0].line, 1);
}
END_TEST

/* Written where inlined functions are not shown, or where a stack begins in malloc. */
START_TEST(stacks_of_other_tools_fit_too)
{
	ck_assert(suppresses(ENTRY("   fun:strdup\n   fun:_ZN3app4loadERKSs\n")));
	ck_assert(suppresses(ENTRY("   fun:malloc\n   fun:strdup\n")));
	ck_assert(suppresses(ENTRY("   obj:*vgpreload_memcheck*\n   fun:strdup\n")));
	ck_assert(suppresses(ENTRY("   fun:*alloc\n   fun:strdup\n   fun:helper*\n")));
	ck_assert(!suppresses(ENTRY("   fun:malloc\n   fun:malloc\n   fun:strdup\n")));
	ck_assert(!suppresses(ENTRY("   fun:free\n   fun:strdup\n")));
}
END_TEST

START_TEST(kinds_of_leaks_are_told_apart)
{
	ck_assert(!parse(ENTRY("   match-leak-kinds: indirect, reachable\n   fun:strdup\n")));
	ck_assert_ptr_null(find(DEFINITE));
	ck_assert_ptr_nonnull(find(INDIRECT));
	ck_assert_ptr_nonnull(find(REACHABLE));
	ck_assert(suppresses(ENTRY("   match-leak-kinds: all\n   fun:strdup\n")));
	ck_assert(!suppresses(ENTRY("   match-leak-kinds: none\n   fun:strdup\n")));
	ck_assert(suppresses("{\n name\n Addrcheck,Memcheck:Leak\n fun:strdup\n}\n"));
}
END_TEST

START_TEST(entries_about_other_things_are_passed_over)
{
	ck_assert(suppresses("{\n <jump>\n Memcheck:Cond\n fun:anything\n who knows\n}\n"
			     "leak:strdup\n"
			     "{\n race\n Helgrind:Race\n fun:strdup\n}\n"));
	ck_assert_uint_eq(s.count, 1);
}
END_TEST

static void refuses(const char *text, const char *line, const char *word)
{
	ck_assert_int_eq(parse(text), -EINVAL);
	ck_assert_msg(strstr(e.text, line) == e.text, "%s", e.text);
	ck_assert_msg(strstr(e.text, word), "%s", e.text);
}

START_TEST(mistakes_are_named_with_file_and_line)
{
	refuses("leak:a\n\nrace:b\n", "test.supp:3:", "race:b");
	refuses("nothing\n", "test.supp:1:", "nothing");
	refuses("leak:\n", "test.supp:1:", "nothing behind");
	refuses("leak:a\n{\n name\n Memcheck:Leak\n fun:x\n", "test.supp:2:", "'}'");
	refuses("{\n", "test.supp:1:", "'}'");
	refuses("{\n name\n Leak\n}\n", "test.supp:3:", "Memcheck:Leak");
	refuses(ENTRY(""), "test.supp:1:", "without frames");
	refuses(ENTRY(" fun:a\n func:b\n"), "test.supp:5:", "func:b");
	refuses(ENTRY(" match-leak-kinds: definite,lost\n fun:a\n"), "test.supp:4:", "lost");
	refuses("{\n n\n Memcheck:Cond\n fun:x\n", "test.supp:1:", "'}'");
}
END_TEST

START_TEST(files_are_read)
{
	char path[] = "/tmp/tidemark-supp.XXXXXX";
	int fd = mkstemp(path);

	suppress_free(&s);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, "leak:main", 9), 9);
	ck_assert_int_eq(suppress_read(&s, path, &e), 0);
	ck_assert_ptr_nonnull(find(DEFINITE));
	ck_assert_str_eq(find(DEFINITE)->file, path);
	ck_assert_int_eq(write(fd, "\0x", 2), 2);
	ck_assert_int_eq(suppress_read(&s, path, &e), -EINVAL);
	ck_assert_msg(strstr(e.text, path), "%s", e.text);
	close(fd);
	unlink(path);
	ck_assert_int_eq(suppress_read(&s, path, &e), -ENOENT);
	suppress_free(&s);
}
END_TEST

START_TEST(what_is_built_in_can_be_read)
{
	size_t i;

	suppress_free(&s);
	ck_assert_msg(!suppress_builtin(&s, &e), "%s", e.text);
	ck_assert_uint_gt(s.count, 0);
	for (i = 0; i < s.count; i++)
		ck_assert(s.list[i].reason && s.list[i].optional);
	ck_assert_ptr_null(find(DEFINITE));
	suppress_free(&s);
}
END_TEST

UNIT_MAIN("suppress", globs_fit_whole_texts, templates_are_found_anywhere,
	  templates_look_at_every_frame_and_name, frames_fit_from_the_innermost_one,
	  stacks_of_other_tools_fit_too, kinds_of_leaks_are_told_apart,
	  entries_about_other_things_are_passed_over, mistakes_are_named_with_file_and_line,
	  files_are_read, what_is_built_in_can_be_read)
