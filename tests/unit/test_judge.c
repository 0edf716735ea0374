/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The gate's judgement on processes made up here, and what baselines remember of them. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check/judge.h"
#include "check/key.h"
#include "check/path.h"
#include "check/select.h"
#include "lib/unit.h"

enum { DEFINITE, INDIRECT, POSSIBLE, REACHABLE };

/* main() calls load(), which leaks and makes children, and parse(), at two lines. */
static struct view_frame frames[] = {
	{ .function = "load", .file = "/src/app/../app/load.c", .line = 10, .module = "/b/app" },
	{ .function = "main", .file = "/src/app/main.c", .line = 3, .module = "/b/app" },
	{ .function = "child", .file = "/src/app/load.c", .line = 20, .module = "/b/app" },
	{ .function = "parse", .file = "/src/app/parse.c", .line = 5, .module = "/b/libp.so.1" },
	{ .function = "parse", .file = "/src/app/parse.c", .line = 9, .module = "/b/libp.so.1" },
	{ .function = "xmalloc", .file = "/src/lib/x.c", .line = 1, .module = "/b/app" },
};
static uint32_t stack[] = { 5, 0, 1, 2, 1, 3, 1, 4, 1 };

static struct view_site sites[4];
static struct view_leak_block blocks[3];
static struct view_leaks leaks;
static struct view v;
static struct limits limits;
static struct suppressions suppressions;
static struct baseline baseline;
static struct arena arena;
static struct verdict_process p;
static struct err e;

static void leak(unsigned site, unsigned leak_class, int64_t bytes, int64_t count)
{
	sites[site].sums.leaks.bytes[leak_class] = bytes;
	sites[site].sums.leaks.blocks[leak_class] = count;
}

static void begin(void)
{
	static const uint32_t spans[4][2] = { { 0, 3 }, { 3, 2 }, { 5, 2 }, { 7, 2 } };
	unsigned i;

	memset(sites, 0, sizeof(sites));
	for (i = 0; i < 4; i++) {
		sites[i].first = sites[i].shown = spans[i][0];
		sites[i].count = sites[i].shown_count = spans[i][1];
		sites[i].sums.at_peak_bytes = 1000 * (i + 1);
		sites[i].sums.calls = 10;
	}
	/* Its own allocator is hidden. */
	sites[0].shown++;
	sites[0].shown_count--;
	leak(0, DEFINITE, 100, 2);
	leak(0, REACHABLE, 7, 1);
	leak(1, INDIRECT, 60, 3);
	leak(2, DEFINITE, 30, 1);
	leak(3, DEFINITE, 20, 1);
	leak(3, POSSIBLE, 5, 1);
	blocks[0] = (struct view_leak_block){
		.site = &sites[0], .address = 0x1000, .bytes = 50, .leak_class = DEFINITE
	};
	blocks[1] = (struct view_leak_block){ .site = &sites[1],
					      .address = 0x2000,
					      .bytes = 20,
					      .leak_class = INDIRECT,
					      .leader = 0x1000 };
	blocks[2] = (struct view_leak_block){
		.site = &sites[2], .address = 0x3000, .bytes = 30, .leak_class = DEFINITE
	};
	v = (struct view){
		.frames = frames,
		.frame_count = 6,
		.stack = stack,
		.sites = sites,
		.site_count = 4,
		.leak_blocks = blocks,
		.leak_block_count = 3,
		.facts = { .state = "exited",
			   .leaks = &leaks,
			   .peak_bytes = 10000,
			   .sum = { .live_bytes = 222, .total_bytes = 20000, .calls = 40 } },
	};
	limits.growth = -1;
}

static void add(enum limit_what what, const char *most)
{
	ck_assert_int_eq(limits_add(&limits, what, most, &e), 0);
}

static void suppress(const char *text)
{
	ck_assert_msg(!suppress_parse(&suppressions, "test", text, &e), "%s", e.text);
}

static enum verdict_state run(void)
{
	const struct judge_options options = {
		.limits = &limits,
		.suppressions = &suppressions,
		.baseline = baseline.program_count ? &baseline : NULL,
		.root = "/src",
	};

	p = (struct verdict_process){ .name = "app", .command = "app -x", .pid = 1 };
	ck_assert_int_eq(judge(&p, &v, &options, &arena), 0);
	return p.state;
}

static void end(void)
{
	limits_free(&limits);
	suppress_free(&suppressions);
	baseline_free(&baseline);
	arena_free(&arena);
}

START_TEST(leaks_are_merged_by_stack_and_counted)
{
	begin();
	add(LIMIT_DEFINITE, "0");
	ck_assert_int_eq(run(), VERDICT_FAILED);
	ck_assert_int_eq(p.found[DEFINITE].bytes, 150);
	ck_assert_int_eq(p.found[DEFINITE].blocks, 4);
	ck_assert_uint_eq(p.rules[0].value, 150);
	ck_assert_uint_eq(p.rules[0].blocks, 4);
	/* Both lines of parse() are one leak. */
	ck_assert_uint_eq(p.leak_count, 3);
	ck_assert_str_eq(p.leaks[0].where->function, "load");
	ck_assert_str_eq(p.leaks[0].where->file, "app/load.c");
	ck_assert(p.leaks[0].where->inside && p.leaks[0].fails);
	ck_assert_int_eq(p.leaks[1].found[DEFINITE].bytes, 50);
	ck_assert_uint_eq(p.leaks[2].worst, INDIRECT);
	ck_assert(!p.leaks[2].fails);
	end();
}
END_TEST

START_TEST(a_limit_is_the_most_that_passes)
{
	begin();
	add(LIMIT_DEFINITE, "150");
	add(LIMIT_PEAK, "10000");
	add(LIMIT_CALLS, "40");
	ck_assert_int_eq(run(), VERDICT_PASSED);
	add(LIMIT_PEAK, "9999");
	ck_assert_int_eq(run(), VERDICT_FAILED);
	ck_assert_int_eq(p.rules[3].state, VERDICT_FAILED);
	ck_assert_int_eq(p.rules[1].state, VERDICT_PASSED);
	ck_assert(!p.leaks[0].fails);
	end();
}
END_TEST

START_TEST(a_lost_block_of_no_bytes_is_lost)
{
	unsigned i;

	begin();
	for (i = 0; i < 4; i++)
		memset(&sites[i].sums.leaks, 0, sizeof(sites[i].sums.leaks));
	add(LIMIT_DEFINITE, "0");
	ck_assert_int_eq(run(), VERDICT_PASSED);
	leak(2, DEFINITE, 0, 1);
	ck_assert_int_eq(run(), VERDICT_FAILED);
	ck_assert_uint_eq(p.leak_count, 1);
	ck_assert(p.leaks[0].fails);
	end();
}
END_TEST

START_TEST(suppressed_leaks_take_their_children_along)
{
	begin();
	suppress("leak:^load$\nleak:parse");
	add(LIMIT_DEFINITE, "0");
	add(LIMIT_INDIRECT, "0");
	ck_assert_int_eq(run(), VERDICT_PASSED);
	ck_assert_int_eq(p.suppressed[DEFINITE].bytes, 150);
	ck_assert_int_eq(p.suppressed[INDIRECT].bytes, 60);
	ck_assert_int_eq(p.found[INDIRECT].bytes, 0);
	ck_assert_uint_eq(suppressions.list[0].bytes, 100 + 7 + 60);
	ck_assert_uint_eq(suppressions.list[1].bytes, 50 + 5);
	/* A child with another leader, too, stays but for the blocks that are known. */
	blocks[2] = blocks[1];
	blocks[2].leader = 0x3000;
	ck_assert_int_eq(run(), VERDICT_FAILED);
	ck_assert_int_eq(p.suppressed[INDIRECT].bytes, 20);
	ck_assert_int_eq(p.found[INDIRECT].bytes, 40);
	end();
}
END_TEST

START_TEST(entries_are_for_their_class_alone)
{
	begin();
	suppress("{\n n\n Memcheck:Leak\n match-leak-kinds: possible\n ...\n fun:parse\n}\n");
	add(LIMIT_POSSIBLE, "0");
	ck_assert_int_eq(run(), VERDICT_PASSED);
	ck_assert_int_eq(p.suppressed[DEFINITE].bytes, 0);
	end();
}
END_TEST

START_TEST(limits_of_functions_count_every_stack_with_them)
{
	begin();
	ck_assert_int_eq(limits_add_function(&limits, "parse:peak=7000,definite=49", &e), 0);
	ck_assert_int_eq(limits_add_function(&limits, "nobody:peak=0", &e), 0);
	ck_assert_int_eq(run(), VERDICT_FAILED);
	ck_assert_uint_eq(p.rules[0].value, 7000);
	ck_assert_int_eq(p.rules[0].state, VERDICT_PASSED);
	ck_assert_uint_eq(p.rules[1].value, 50);
	ck_assert_int_eq(p.rules[1].state, VERDICT_FAILED);
	ck_assert(limits.list[0].met && !limits.list[2].met);
	/* It fails by those, and not by load(). */
	ck_assert(p.leaks[0].fails && !p.leaks[1].fails);
	ck_assert_str_eq(p.leaks[0].where->function, "parse");
	end();
}
END_TEST

START_TEST(what_was_not_measured_never_passes)
{
	begin();
	v.facts.leaks = NULL;
	v.facts.scan.why = "the program was ended by a signal";
	add(LIMIT_PEAK, "1M");
	ck_assert_int_eq(run(), VERDICT_PASSED);
	add(LIMIT_DEFINITE, "1M");
	ck_assert_int_eq(run(), VERDICT_UNMEASURED);
	ck_assert_ptr_nonnull(strstr(p.why, "ended by a signal"));
	add(LIMIT_PEAK, "1");
	ck_assert_int_eq(run(), VERDICT_FAILED);
	end();
	begin();
	add(LIMIT_DEFINITE, "1M");
	v.facts.drop_count = 1;
	v.facts.drops = &(struct view_count){ "blocks_full", 1 };
	ck_assert_int_eq(run(), VERDICT_UNMEASURED);
	end();
	begin();
	add(LIMIT_DEFINITE, "1M");
	v.facts.sample_bytes = 512;
	ck_assert_int_eq(run(), VERDICT_UNMEASURED);
	end();
	/* exec takes the memory away: there is nothing to be lost. */
	begin();
	add(LIMIT_DEFINITE, "0");
	v.facts.leaks = NULL;
	v.facts.state = "execed";
	ck_assert_int_eq(run(), VERDICT_PASSED);
	ck_assert(!p.leaks_known);
	end();
}
END_TEST

static void remember(void)
{
	const struct verdict_process before = p;

	baseline_free(&baseline);
	ck_assert_int_eq(baseline_add(&baseline, &before, true), 0);
	baseline_settle(&baseline);
}

START_TEST(known_leaks_pass_and_new_ones_do_not)
{
	begin();
	add(LIMIT_DEFINITE, "0");
	run();
	remember();
	ck_assert_int_eq(run(), VERDICT_PASSED);
	ck_assert_int_eq(p.excused[DEFINITE].bytes, 150);
	/* Other lines, other addresses and another checkout are no news. */
	frames[0].line = 77;
	frames[0].file = "/elsewhere/load.c";
	sites[0].id = 12;
	ck_assert_int_eq(run(), VERDICT_PASSED);
	/* A tenth more is within what varies from run to run, twice as much is not. */
	leak(0, DEFINITE, 109, 2);
	ck_assert_int_eq(run(), VERDICT_PASSED);
	leak(0, DEFINITE, 200, 2);
	ck_assert_int_eq(run(), VERDICT_FAILED);
	ck_assert_uint_eq(p.rules[0].value, 90);
	leak(0, DEFINITE, 100, 2);
	leak(1, DEFINITE, 1, 1);
	ck_assert_int_eq(run(), VERDICT_FAILED);
	ck_assert_uint_eq(p.rules[0].value, 1);
	ck_assert_str_eq(p.leaks[0].where->function, "child");
	end();
	frames[0].file = "/src/app/../app/load.c";
}
END_TEST

START_TEST(a_known_leak_that_is_gone_is_counted)
{
	begin();
	add(LIMIT_DEFINITE, "0");
	run();
	remember();
	leak(2, DEFINITE, 0, 0);
	leak(3, DEFINITE, 0, 0);
	ck_assert_int_eq(run(), VERDICT_PASSED);
	ck_assert_uint_eq(baseline_healed(&baseline), 1);
	end();
}
END_TEST

START_TEST(growth_is_judged_against_the_baseline)
{
	begin();
	v.facts.peak_bytes = 1000000;
	run();
	remember();
	limits.growth = 0.05;
	ck_assert_int_eq(run(), VERDICT_PASSED);
	ck_assert_uint_eq(p.rule_count, 4);
	v.facts.peak_bytes = 1049999;
	ck_assert_int_eq(run(), VERDICT_PASSED);
	v.facts.peak_bytes = 1050001;
	ck_assert_int_eq(run(), VERDICT_FAILED);
	ck_assert_str_eq(p.rules[0].name, "max-growth");
	/* Nobody's fault: live went from 222 bytes to 3 KiB. */
	v.facts.peak_bytes = 1000000;
	v.facts.sum.live_bytes = 3000;
	ck_assert_int_eq(run(), VERDICT_PASSED);
	end();
}
END_TEST

START_TEST(baselines_survive_their_file)
{
	char path[] = "/tmp/tidemark-base.XXXXXX";
	struct baseline again = { 0 };
	int fd = mkstemp(path);
	size_t i;

	begin();
	frames[0].function = "load<char const*, \"q\">";
	run();
	remember();
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(baseline_write(&baseline, path, "1", &e), 0);
	ck_assert(baseline_is_json(path));
	ck_assert_msg(!baseline_read(&again, path, &e), "%s", e.text);
	ck_assert_uint_eq(again.leak_count, baseline.leak_count);
	for (i = 0; i < again.leak_count; i++) {
		ck_assert_str_eq(again.leaks[i].key, baseline.leaks[i].key);
		ck_assert_int_eq(again.leaks[i].bytes, baseline.leaks[i].bytes);
		ck_assert_int_eq(again.leaks[i].blocks, baseline.leaks[i].blocks);
	}
	ck_assert_uint_eq(baseline_program(&again, "app", "app -x")->peak_bytes, 10000);
	ck_assert_uint_eq(baseline_program(&again, "app", "app -y")->calls, 40);
	ck_assert_ptr_null(baseline_program(&again, "other", "app -x"));
	baseline_free(&again);
	ck_assert_int_eq(truncate(path, 100), 0);
	ck_assert_int_eq(baseline_read(&again, path, &e), -EBADMSG);
	close(fd);
	fd = open(path, O_WRONLY | O_TRUNC);
	ck_assert_int_eq(write(fd, "{}", 2), 2);
	ck_assert_int_eq(baseline_read(&again, path, &e), -EBADMSG);
	ck_assert_msg(strstr(e.text, path), "%s", e.text);
	baseline_free(&again);
	close(fd);
	unlink(path);
	frames[0].function = "load";
	end();
}
END_TEST

START_TEST(keys_have_no_addresses)
{
	const struct view_frame list[] = {
		{ .function = "f.constprop.0", .file = "/a/f.c", .line = 1, .module = "/x/l.so.6" },
		{ .function = "again", .line = 2, .module = "/x/app" },
		{ .function = "again", .line = 3, .module = "/x/app" },
		{ .pc = 5, .offset = 5, .module = "/x/app" },
		{ .pc = 6 },
	};
	const uint32_t all[] = { 0, 1, 2, 3, 4 };
	struct buf key = { 0 };

	key_of_stack(list, all, 5, &key);
	ck_assert_str_eq(buf_text(&key), "f in f.c of l.so\nagain of app\n? of app\n? of ?");
	buf_free(&key);
}
END_TEST

START_TEST(paths_are_plain)
{
	static const char *const pairs[][2] = {
		{ "/a//b/./c", "/a/b/c" },
		{ "/a/x/../b", "/a/b" },
		{ "/../a", "/a" },
		{ "a/../../b", "../b" },
		{ "./a", "a" },
		{ "a/..", "." },
		{ "/", "/" },
		{ "../../a", "../../a" },
	};
	struct buf out = { 0 };
	size_t i;

	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		path_plain(pairs[i][0], &out);
		ck_assert_str_eq(buf_text(&out), pairs[i][1]);
	}
	buf_free(&out);
	ck_assert_str_eq(path_below("/a/b/c", "/a"), "b/c");
	ck_assert_str_eq(path_below("/a/b", "/"), "a/b");
	ck_assert_ptr_null(path_below("/ab/c", "/a"));
	ck_assert_ptr_null(path_below("/a", "/a"));
}
END_TEST

static const char *name(const char *program, const char *words)
{
	static char copy[256];
	const char *args[16];
	struct select_process s = { .program = program, .args = args };
	char *at;

	snprintf(copy, sizeof(copy), "%s", words);
	for (at = strtok(copy, " "); at; at = strtok(NULL, " "))
		args[s.arg_count++] = at;
	return select_name(&s, &arena);
}

START_TEST(processes_have_names)
{
	ck_assert_str_eq(name("/b/app", "./app -c x"), "app");
	ck_assert_str_eq(name("/usr/bin/python3.11", "python3 tests/test_a.py -v"), "test_a.py");
	ck_assert_str_eq(name("/usr/bin/python3.11", "python3 -m pytest tests"), "pytest");
	ck_assert_str_eq(name("/usr/bin/python3.11", "python3 -W error -B a.py"), "a.py");
	ck_assert_str_eq(name("/usr/bin/python3.11", "python3 -c pass"), "python3.11");
	ck_assert_str_eq(name("/usr/bin/dash", "/bin/sh ./driver.sh"), "driver.sh");
	ck_assert_str_eq(name("/usr/bin/dash", "sh -c x"), "dash");
	ck_assert_str_eq(name("/usr/bin/perl", "perl -Ilib t/a.t"), "a.t");
	ck_assert_str_eq(name("/usr/bin/shar", "shar x"), "shar");
	ck_assert_str_eq(name("/usr/bin/tclsh8.6", "tclsh {puts;exit}/b"), "tclsh8.6");
	ck_assert_str_eq(name("/usr/bin/gawk", "gawk BEGIN x"), "gawk");
	arena_free(&arena);
}
END_TEST

static bool wants(const struct select *s, const char *program, const char *arg)
{
	const char *args[] = { program, arg };
	struct select_process of = { program, args, 2 };

	return select_wants(s, &of, select_name(&of, &arena));
}

START_TEST(programs_of_the_project_are_judged)
{
	const char *args[] = { "make", "check" };
	struct select s = { .all = false };

	ck_assert(select_first(&s, &(struct select_process){ "/usr/bin/make", args, 2 }, "/w"));
	ck_assert(select_first(&s, &(struct select_process){ "/w/x", args, 2 }, "/other"));
	ck_assert(wants(&s, "/w/tests/a", "-x"));
	ck_assert(!wants(&s, "/usr/bin/make", "check"));
	ck_assert(!wants(&s, "/usr/bin/dash", "driver"));
	ck_assert(!wants(&s, "/usr/bin/gcc", "x.c"));
	s.skip = (struct opt_list){ 1, { "a" } };
	ck_assert(!wants(&s, "/w/tests/a", "-x"));
	s.all = true;
	ck_assert(wants(&s, "/usr/bin/gcc", "x.c"));
	s.all = false;
	s.only = (struct opt_list){ 2, { "gc?", "/w/*" } };
	ck_assert(wants(&s, "/usr/bin/gcc", "x.c"));
	ck_assert(wants(&s, "/w/b", "x"));
	ck_assert(!wants(&s, "/usr/bin/cc1", "x"));
	select_free(&s);
	/* One that is started by itself is meant, wherever it lies. */
	s = (struct select){ .all = false };
	ck_assert(select_first(&s, &(struct select_process){ "/usr/bin/jq", args, 1 }, "/w"));
	ck_assert(wants(&s, "/usr/bin/jq", "."));
	ck_assert(!wants(&s, "/usr/bin/sed", "."));
	select_free(&s);
	arena_free(&arena);
}
END_TEST

UNIT_MAIN("judge", leaks_are_merged_by_stack_and_counted, a_limit_is_the_most_that_passes,
	  a_lost_block_of_no_bytes_is_lost, suppressed_leaks_take_their_children_along,
	  entries_are_for_their_class_alone, limits_of_functions_count_every_stack_with_them,
	  what_was_not_measured_never_passes, known_leaks_pass_and_new_ones_do_not,
	  a_known_leak_that_is_gone_is_counted, growth_is_judged_against_the_baseline,
	  baselines_survive_their_file, keys_have_no_addresses, paths_are_plain,
	  processes_have_names, programs_of_the_project_are_judged)
