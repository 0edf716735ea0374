/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/unit.h"
#include "source/source.h"

#define FRAMES 4

static char directory[] = "/tmp/tidemark-source.XXXXXX";

/* One site whose stack is all frames. */
struct fixture {
	struct view_frame frames[FRAMES];
	uint32_t stack[FRAMES];
	struct view_site site;
	struct view view;
	struct source source;
	char paths[FRAMES][128];
};

static void set_up(struct fixture *f)
{
	uint32_t i;

	memset(f, 0, sizeof(*f));
	strcpy(strrchr(directory, '.'), ".XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	for (i = 0; i < FRAMES; i++)
		f->stack[i] = i;
	f->site = (struct view_site){ .count = FRAMES, .shown_count = FRAMES };
	f->view.frames = f->frames;
	f->view.stack = f->stack;
	f->view.sites = &f->site;
	f->view.site_count = f->view.site_limit = 1;
}

static void set_frame(struct fixture *f, uint32_t number, const char *name, uint32_t line)
{
	snprintf(f->paths[number], sizeof(f->paths[number]), "%s/%s", directory, name);
	f->frames[number].file = f->paths[number];
	f->frames[number].line = line;
}

/* Lines "1", "2" and so on; the last without a newline. */
static void write_lines(const struct fixture *f, uint32_t number, uint32_t lines)
{
	FILE *out = fopen(f->paths[number], "w");
	uint32_t i;

	ck_assert_ptr_nonnull(out);
	for (i = 1; i <= lines; i++)
		fprintf(out, i < lines ? "%u\n" : "%u", i);
	fclose(out);
}

static void tear_down(struct fixture *f)
{
	uint32_t i;

	source_free(&f->source);
	for (i = 0; i < FRAMES; i++)
		if (f->paths[i][0] && unlink(f->paths[i]))
			rmdir(f->paths[i]);
	rmdir(directory);
}

START_TEST(only_sources_are_named_so)
{
	ck_assert(source_is_named("/a/b.c"));
	ck_assert(source_is_named("b.rs"));
	ck_assert(source_is_named("/a.d/b.py"));
	ck_assert(!source_is_named("/etc/shadow"));
	ck_assert(!source_is_named("/home/me/.ssh/id_rsa"));
	ck_assert(!source_is_named("/a.c/b"));
	ck_assert(!source_is_named("b.txt"));
	ck_assert(!source_is_named(""));
}
END_TEST

START_TEST(lines_around_a_place)
{
	struct fixture f;

	set_up(&f);
	set_frame(&f, 0, "a.c", 2);
	write_lines(&f, 0, 20);
	ck_assert_int_eq(source_fill(&f.source, &f.view, NULL), 0);
	ck_assert_uint_eq(f.view.source_count, 1);
	ck_assert_uint_eq(f.view.sources[0].line, 1);
	ck_assert_uint_eq(f.view.sources[0].count, 5);
	ck_assert_str_eq(f.view.sources[0].text, "1\n2\n3\n4\n5\n");
	ck_assert(f.view.sources[0].newer);
	tear_down(&f);
}
END_TEST

START_TEST(places_that_meet_are_one_run)
{
	struct fixture f;

	set_up(&f);
	set_frame(&f, 0, "a.c", 10);
	set_frame(&f, 1, "a.c", 17);
	set_frame(&f, 2, "a.c", 40);
	write_lines(&f, 0, 41);
	f.view.facts.start_unix_ns = UINT64_MAX;
	ck_assert_int_eq(source_fill(&f.source, &f.view, NULL), 0);
	ck_assert_uint_eq(f.view.source_count, 2);
	ck_assert_uint_eq(f.view.sources[0].line, 7);
	ck_assert_uint_eq(f.view.sources[0].count, 14);
	ck_assert_str_eq(f.view.sources[1].text, "37\n38\n39\n40\n41\n");
	ck_assert(!f.view.sources[0].newer);
	tear_down(&f);
}
END_TEST

START_TEST(what_is_no_plain_source_is_left_out)
{
	struct fixture f;

	set_up(&f);
	set_frame(&f, 0, "pipe.c", 1);
	ck_assert_int_eq(mkfifo(f.paths[0], 0600), 0);
	set_frame(&f, 1, "secret", 1);
	write_lines(&f, 1, 3);
	set_frame(&f, 2, "directory.c", 1);
	ck_assert_int_eq(mkdir(f.paths[2], 0700), 0);
	set_frame(&f, 3, "short.c", 1000);
	write_lines(&f, 3, 3);
	ck_assert_int_eq(source_fill(&f.source, &f.view, NULL), 0);
	ck_assert_uint_eq(f.view.source_count, 0);
	tear_down(&f);
}
END_TEST

START_TEST(long_lines_are_cut)
{
	struct fixture f;
	FILE *out;
	int i;

	set_up(&f);
	set_frame(&f, 0, "a.c", 1);
	out = fopen(f.paths[0], "w");
	for (i = 0; i < 100000; i++)
		fputc('x', out);
	fclose(out);
	ck_assert_int_eq(source_fill(&f.source, &f.view, NULL), 0);
	ck_assert_uint_eq(f.view.source_count, 1);
	ck_assert_uint_lt(strlen(f.view.sources[0].text), 500);
	tear_down(&f);
}
END_TEST

START_TEST(a_sysroot_comes_first)
{
	struct fixture f;

	set_up(&f);
	set_frame(&f, 0, "a.c", 1);
	write_lines(&f, 0, 2);
	f.frames[0].file = "/a.c";
	ck_assert_int_eq(source_fill(&f.source, &f.view, directory), 0);
	ck_assert_uint_eq(f.view.source_count, 1);
	tear_down(&f);
}
END_TEST

UNIT_MAIN("source", only_sources_are_named_so, lines_around_a_place, places_that_meet_are_one_run,
	  what_is_no_plain_source_is_left_out, long_lines_are_cut, a_sysroot_comes_first)
