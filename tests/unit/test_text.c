/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "lib/story.h"
#include "lib/unit.h"
#include "render/paint.h"

static struct mkprofile mk;
static struct story s;

static char *report(const struct render_ops *ops)
{
	char *text;

	story_load(&s, &mk);
	story_analyze(&s);
	text = story_render(&s, ops);
	story_free(&s);
	return text;
}

static void expect(const char *text, const char *word)
{
	ck_assert_msg(strstr(text, word), "no \"%s\" in:\n%s", word, text);
}

static void expect_not(const char *text, const char *word)
{
	ck_assert_msg(!strstr(text, word), "\"%s\" in:\n%s", word, text);
}

static void expect_order(const char *text, const char *first, const char *second)
{
	expect(text, first);
	expect(text, second);
	ck_assert_msg(strstr(text, first) < strstr(text, second), "\"%s\" before \"%s\" in:\n%s",
		      second, first, text);
}

START_TEST(facts_come_first)
{
	char *text;

	mk_sample(&mk);
	text = report(&render_text);
	expect(text, "sample --fast 'a b'");
	expect(text, "4711, exited with status 0, one thread");
	expect(text, "9.8 KiB at 600 ms");
	expect(text, "350 calls, 175 of them temporary (50.0 %)");
	expect_order(text, "recording", "Peak  who held");
	expect_order(text, "Peak  who held", "Live at the end");
	expect_order(text, "Live at the end", "Churn");
	expect_order(text, "Churn", "Timeline");
	expect(text, "100.0 %");
	expect_not(text, "note");
	expect_not(text, "\033");
	free(text);
}
END_TEST

START_TEST(losses_are_said_first)
{
	struct tide_record *r;
	char *text;

	mk_sample(&mk);
	r = mk_record(&mk, 0, 0);
	r->live_bytes = 5000;
	r->calls = 3;
	mk.header.drops[TIDE_DROP_NO_SPACE] = 12345;
	mk.header.verify_differences = 2;
	mk.header.flags = TIDE_FLAG_FOREIGN_MALLOC | TIDE_FLAG_FRAME_POINTERS;
	mk.header.pulse.error_bytes = 4096;
	text = report(&render_text);
	expect(text, "found no place for a stack");
	expect(text, "12,345 events missing");
	expect(text, "frame pointers alone");
	expect(text, "malloc is not the C library's here");
	expect(text, "off by 4.0 KiB at most");
	expect(text, "one thread that allocates");
	expect_order(text, "note", "Peak  who held");
	free(text);
}
END_TEST

START_TEST(a_sum_beyond_the_bound_is_said)
{
	char *text;

	mk_sample(&mk);
	mk.header.pulse.peak_bytes = 50000;
	text = report(&render_text);
	expect(text, "off the peak");
	free(text);
}
END_TEST

START_TEST(names_cannot_steer_the_terminal)
{
	char *text;

	mk_sample(&mk);
	mk.header.args = mk_text(&mk, "x\033[31m", 6);
	text = report(&render_text);
	expect_not(text, "\033");
	free(text);
}
END_TEST

static void expect_line(bool utf8, bool colour, const char *wanted)
{
	char *text = NULL;
	size_t bytes = 0;
	struct painter p = { .out = open_memstream(&text, &bytes),
			     .style = { .columns = 10, .utf8 = utf8, .colour = colour } };

	paint_text(&p, PAINT_DIM, "ten digits");
	paint_text(&p, PAINT_PLAIN, "  ");
	paint_line(&p);
	paint_text(&p, PAINT_DIM, "ten digits");
	paint_text(&p, PAINT_PLAIN, " ");
	paint_text(&p, PAINT_PLAIN, "and more");
	paint_line(&p);
	paint_free(&p);
	fclose(p.out);
	ck_assert_str_eq(text, wanted);
	free(text);
}

START_TEST(what_is_cut_says_so)
{
	expect_line(false, false, "ten digits\nten digit>\n");
	expect_line(true, false, "ten digits\nten digit…\n");
	expect_line(true, true, "\033[2mten digits\033[0m\n\033[2mten digit…\033[0m\n");
}
END_TEST

static void expect_fit(void (*fit)(const struct painter *, struct buf *, unsigned),
		       const char *text, unsigned columns, const char *wanted)
{
	struct painter p = { .style = { .utf8 = true } };
	struct buf b = { 0 };

	buf_puts(&b, text);
	fit(&p, &b, columns);
	ck_assert_str_eq(buf_text(&b), wanted);
	buf_free(&b);
}

START_TEST(what_matters_is_cut_last)
{
	expect_fit(paint_fit_path, "src/a/long/file.c:12", 20, "src/a/long/file.c:12");
	expect_fit(paint_fit_path, "src/a/long/file.c:12", 19, "…/a/long/file.c:12");
	expect_fit(paint_fit_path, "src/a/long/file.c:12", 12, "…/file.c:12");
	expect_fit(paint_fit_path, "src/a/long/file.c:12", 9, "file.c:12");
	expect_fit(paint_fit_path, "src/a/long/file.c:12", 2, "file.c:12");
	expect_fit(paint_fit_path, "file.c:12", 2, "file.c:12");
	expect_fit(paint_fit, "a_function", 10, "a_function");
	expect_fit(paint_fit, "a_function", 6, "a_fun…");
	expect_fit(paint_fit_tail, "[libalpha.so]", 13, "[libalpha.so]");
	expect_fit(paint_fit_tail, "[libalpha.so]", 9, "[…pha.so]");
}
END_TEST

START_TEST(ends_are_told_apart)
{
	static const struct {
		uint32_t state;
		int status;
		const char *words;
	} ends[] = {
		{ TIDE_RUNNING, 0, "running, or ended without a word" },
		{ TIDE_EXECED, 0, "went on as another program" },
		{ TIDE_DIED, 9, "died of signal 9" },
		{ TIDE_EXITED, 3, "exited with status 3" },
	};
	size_t i;
	char *text;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		mk_sample(&mk);
		mk.header.state = ends[i].state;
		mk.header.end_status = ends[i].status;
		text = report(&render_text);
		expect(text, ends[i].words);
		free(text);
	}
}
END_TEST

START_TEST(an_empty_recording_is_no_accident)
{
	char *text;

	mk_init(&mk);
	text = report(&render_text);
	expect(text, "0 B");
	free(text);
	mk_init(&mk);
	text = report(&render_json);
	expect(text, "\"sites\":[");
	free(text);
}
END_TEST

START_TEST(leaks_are_told_by_class)
{
	char *text;

	mk_sample_leaks(&mk);
	text = report(&render_text);
	expect(text, "leaks      1000 B definite in 10 blocks, 1000 B indirect in 20 blocks");
	expect_order(text, "Leaks: definite  1000 B in 10 blocks", "Leaks: indirect");
	expect_order(text, "Leaks: indirect", "Leaks: possible");
	expect_order(text, "Leaks: possible", "Churn");
	expect_not(text, "Live at the end");
	expect_not(text, "Reachable  ");
	free(text);
}
END_TEST

START_TEST(who_holds_the_reachable_is_told_when_asked)
{
	char *text;

	mk_sample_leaks(&mk);
	story_load(&s, &mk);
	s.options.show_reachable = true;
	story_analyze(&s);
	text = story_render(&s, &render_text);
	expect(text, "Reachable  11.7 KiB in 130 blocks");
	expect(text, "held by 0 B of #1");
	expect(text, "<- data of sample+0x4000");
	story_free(&s);
	free(text);
}
END_TEST

START_TEST(where_no_scan_ran_the_reason_is_said)
{
	static const struct {
		uint32_t state;
		uint32_t scan;
		const char *words;
	} cases[] = {
		{ TIDE_EXITED, TIDE_SCAN_OFF, "not looked for: recorded with --no-leaks" },
		{ TIDE_EXITED, TIDE_SCAN_LOCKED_DOWN, "(seccomp)" },
		{ TIDE_EXITED, TIDE_SCAN_TIMED_OUT, "took too long" },
		{ TIDE_EXECED, TIDE_SCAN_NONE, "went on as another (exec)" },
		{ TIDE_DIED, TIDE_SCAN_NONE, "ended by a signal" },
		{ TIDE_DIED, TIDE_SCAN_RUNNING, "amid the search" },
	};
	size_t i;
	char *text;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		mk_sample(&mk);
		mk.header.state = cases[i].state;
		mk.header.scan.state = cases[i].scan;
		text = report(&render_text);
		expect(text, "leaks      not looked for: ");
		expect(text, cases[i].words);
		expect(text, "Live at the end");
		free(text);
	}
}
END_TEST

START_TEST(json_tells_leaks)
{
	static const char *const words[] = {
		"\"definite\":{\"bytes\":1000,\"blocks\":10},\"indirect\"",
		"\"bytes\":12000",
		"\"held\":{\"bytes\":1000,\"blocks\":20}",
		"\"state\":\"done\"",
		"\"address\":\"0x6000\",\"bytes\":50,\"class\":\"indirect\"",
		"\"leader\":\"0x5000\"",
		"\"kind\":\"data\"",
	};
	size_t i;
	char *text;

	mk_sample_leaks(&mk);
	text = report(&render_json);
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		expect(text, words[i]);
	free(text);
}
END_TEST

START_TEST(json_has_its_schema)
{
	static const char *const words[] = {
		"{\n \"tidemark\":\"1\",\n \"schema\":\"tidemark-report/1\",",
		"\"state\":\"exited\"",
		"\"args\":[\n   \"sample\"",
		"\"at_peak_bytes\":10000",
		"\"live_bytes\":15000",
		"\"stack_cut\":0",
		"\"leaks\":null",
		"\"groups\":null",
		"\"pc\":\"0x402000\"",
		"{\"path\":\"/usr/bin/sample\"",
		"\"module\":0",
		"\"stack\":[",
		"\"offset\":\"0x2000\"",
		"\"function\":null",
		"\"module\":null",
		"[600000,10000,100,5242880]",
	};
	char *text;
	size_t i;

	mk_sample(&mk);
	text = report(&render_json);
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		expect(text, words[i]);
	free(text);
}
END_TEST

UNIT_MAIN("text", facts_come_first, losses_are_said_first, a_sum_beyond_the_bound_is_said,
	  names_cannot_steer_the_terminal, what_is_cut_says_so, what_matters_is_cut_last,
	  ends_are_told_apart, an_empty_recording_is_no_accident, leaks_are_told_by_class,
	  who_holds_the_reachable_is_told_when_asked, where_no_scan_ran_the_reason_is_said,
	  json_tells_leaks, json_has_its_schema)
