/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which site of one recording is which of another. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "compare/compare.h"
#include "compare/keys.h"
#include "lib/story.h"
#include "lib/unit.h"

#define NAMES_MOST 20000

static struct {
	struct mkprofile mk;
	struct story story;
	uint32_t module;
	uint64_t pc;
	struct {
		uint32_t frame;
		uint32_t line;
		bool inlined;
		char function[64];
	} names[NAMES_MOST];
	size_t name_count;
} sides[2];

static struct comparison comparison;
static const struct view_diff_table *table;

static void begin(void)
{
	unsigned side;

	for (side = 0; side < 2; side++) {
		mk_init(&sides[side].mk);
		sides[side].name_count = 0;
		sides[side].pc = 0x1000;
		sides[side].module = mk_module(&sides[side].mk, side ? "/new/x" : "/old/x", 0,
					       1u << 30, 0);
	}
}

/* Modules of one and the same build on both sides. */
static void give_one_build(void)
{
	struct tide_module *module;
	unsigned side;

	for (side = 0; side < 2; side++) {
		module = mk_item(&sides[side].mk, TIDE_SECTION_MODULES, sides[side].module);
		memset(module->build_id, 7, 20);
		module->build_id_bytes = 20;
	}
}

/* "take:10 ~inlined:3 caller:20 main:30", the innermost first; every frame has its own address. */
static void site(unsigned side, int64_t bytes, const char *stack)
{
	uint32_t frames[64], frame = 0, node = 0;
	char *words = strdup(stack), *word, *colon;
	size_t count = 0;
	struct tide_record *r;

	for (word = strtok(words, " "); word; word = strtok(NULL, " ")) {
		if (!frame) {
			frame = mk_frame(&sides[side].mk, sides[side].pc += 16, sides[side].module);
			frames[count++] = frame;
		}
		colon = strchr(word, ':');
		*colon = '\0';
		sides[side].names[sides[side].name_count].frame = frame;
		sides[side].names[sides[side].name_count].line = (uint32_t)atoi(colon + 1);
		sides[side].names[sides[side].name_count].inlined = *word == '~';
		strcpy(sides[side].names[sides[side].name_count++].function, word + (*word == '~'));
		if (*word != '~')
			frame = 0;
	}
	while (count)
		node = mk_node(&sides[side].mk, node, frames[--count]);
	r = mk_record(&sides[side].mk, mk_site(&sides[side].mk, node), 0);
	r->live_bytes = r->high_bytes = bytes;
	r->live_blocks = r->calls = 1;
	r->total_bytes = (uint64_t)bytes;
	free(words);
}

static void compare_them(enum view_by by)
{
	struct compare_options options = {
		.by = by, .sorted = true, .sort = VIEW_LIVE, .limit = 1000000, .every_change = true
	};
	unsigned side;
	size_t i;

	for (side = 0; side < 2; side++) {
		story_load(&sides[side].story, &sides[side].mk);
		for (i = 0; i < sides[side].name_count; i++)
			story_name(&sides[side].story, sides[side].names[i].frame,
				   sides[side].names[i].function, side ? "/b/x.c" : "/a/x.c",
				   sides[side].names[i].line, sides[side].names[i].inlined);
		sides[side].story.options.by = by;
		story_analyze(&sides[side].story);
	}
	ck_assert_int_eq(
		compare(&comparison, &sides[0].story.analysis, &sides[1].story.analysis, &options),
		0);
	table = &comparison.view.tables[0];
}

static void end(void)
{
	compare_free(&comparison);
	story_free(&sides[0].story);
	story_free(&sides[1].story);
}

/* The row of the table with these live bytes before and after. */
static const struct view_diff_row *row(int64_t before, int64_t after)
{
	size_t i;

	for (i = 0; i < table->row_count; i++)
		if (table->rows[i].before.live_bytes == before &&
		    table->rows[i].after.live_bytes == after)
			return &table->rows[i];
	ck_abort_msg("no row from %lld to %lld", (long long)before, (long long)after);
	return NULL;
}

/* One site on each side: how they match. */
static enum view_match match_of(const char *before, const char *after)
{
	enum view_match match;

	begin();
	site(0, 100, before);
	site(1, 101, after);
	compare_them(VIEW_SITE);
	match = table->rows[0].match;
	ck_assert_uint_eq(table->row_count, match ? 1 : 2);
	end();
	return match;
}

START_TEST(stacks_are_known_by_names)
{
	ck_assert_int_eq(match_of("take:1 work:2 main:3", "take:11 work:12 main:13"),
			 VIEW_MATCH_NAMES);
	/* Inlined or not, a function is itself. */
	ck_assert_int_eq(match_of("take:1 work:2 main:3", "~take:1 ~work:2 main:3"),
			 VIEW_MATCH_NAMES);
	ck_assert_int_eq(
		match_of("take:1 work.isra.0:2 main:3", "take:1 work.part.3.cold:2 main:3"),
		VIEW_MATCH_NAMES);
	ck_assert_int_eq(
		match_of("take:1 work:2 work:2 main:3", "take:1 work:2 work:2 work:2 main:3"),
		VIEW_MATCH_SHOWN);
	ck_assert_int_eq(match_of("take:1 ~gone:2 work:2 main:3", "take:1 work:2 main:3"),
			 VIEW_MATCH_PHYSICAL);
	ck_assert_int_eq(match_of("take:1 other:2 main:3", "take:1 work:2 main:3"),
			 VIEW_MATCH_NONE);
}
END_TEST

START_TEST(a_similar_name_will_do)
{
	ck_assert_int_eq(match_of("take:1 load_items:2 main:3", "take:1 load_entries:2 main:3"),
			 VIEW_MATCH_RENAMED);
	ck_assert_int_eq(match_of("take_block:1 main:3", "take_memory_block:1 main:3"),
			 VIEW_MATCH_RENAMED);
	/* Nobody can say which of two. */
	begin();
	site(0, 100, "take:1 load_item:2 main:3");
	site(1, 101, "take:1 load_itemA:2 main:3");
	site(1, 102, "take:1 load_itemB:2 main:3");
	compare_them(VIEW_SITE);
	ck_assert_uint_eq(table->row_count, 3);
	end();
	/* What is still there was not renamed. */
	begin();
	site(0, 100, "take:1 load_item:2 main:3");
	site(0, 100, "make:1 load_items:2 main:3");
	site(1, 101, "take:1 load_items:2 main:3");
	compare_them(VIEW_SITE);
	ck_assert_uint_eq(table->row_count, 3);
	end();
	/* Nor what asks for other sizes. */
	begin();
	site(0, 100, "take:1 load_items:2 main:3");
	site(1, 200, "take:1 load_entries:2 main:3");
	compare_them(VIEW_SITE);
	ck_assert_uint_eq(table->row_count, 2);
	end();
}
END_TEST

START_TEST(frames_may_be_missing)
{
	ck_assert_int_eq(match_of("take:1 passes:2 work:3 main:4", "take:1 work:3 main:4"),
			 VIEW_MATCH_NEAR);
	ck_assert_int_eq(match_of("take:1 work:2 a:3 b:4 main:5", "take:1 work:2 c:3 b:4 main:5"),
			 VIEW_MATCH_NEAR);
	/* Another use of the same function. */
	ck_assert_int_eq(match_of("take:1 a:2 serve:3 main:4", "take:1 b:2 serve:3 main:4"),
			 VIEW_MATCH_NONE);
	ck_assert_int_eq(match_of("take:1 a:2 b:3 c:4 d:5 e:6", "take:1 a:2 v:3 w:4 x:5 y:6 z:7"),
			 VIEW_MATCH_NONE);
	/* Two that are as near. */
	begin();
	site(0, 100, "take:1 work:3 main:4");
	site(1, 101, "take:1 work:3 a:5 main:4");
	site(1, 102, "take:1 work:3 b:5 main:4");
	compare_them(VIEW_SITE);
	ck_assert_uint_eq(table->row_count, 3);
	end();
	/* Several lines with the same callers go together. */
	begin();
	site(0, 100, "take:1 passes:9 work:3 main:4");
	site(0, 200, "take:5 passes:9 work:3 main:4");
	site(1, 250, "take:7 work:3 main:4");
	site(1, 150, "take:3 work:3 main:4");
	compare_them(VIEW_SITE);
	ck_assert_uint_eq(table->row_count, 2);
	row(100, 150);
	row(200, 250);
	end();
}
END_TEST

START_TEST(lines_keep_their_order)
{
	begin();
	site(0, 100, "main:10");
	site(0, 200, "main:20");
	site(1, 201, "main:25");
	site(1, 101, "main:15");
	compare_them(VIEW_SITE);
	row(100, 101);
	row(200, 201);
	end();
	/* One more: equal lines are equal, the other is new. */
	begin();
	site(0, 100, "main:10");
	site(0, 200, "main:20");
	site(1, 101, "main:10");
	site(1, 201, "main:20");
	site(1, 50, "main:30");
	compare_them(VIEW_SITE);
	ck_assert_int_eq(row(0, 50)->change, VIEW_NEW);
	ck_assert_uint_eq(table->row_count, 3);
	end();
	/* One more, and all have moved: together. */
	begin();
	site(0, 100, "main:10");
	site(0, 200, "main:20");
	site(1, 100, "main:11");
	site(1, 200, "main:21");
	site(1, 50, "main:31");
	compare_them(VIEW_SITE);
	ck_assert_uint_eq(row(300, 350)->new_sites, 3);
	end();
	/* Copies of one call are one. */
	begin();
	site(0, 300, "work:10 main:1");
	site(1, 100, "work:12 main:1");
	site(1, 150, "work:12 main:1");
	site(1, 60, "work:12 main:1");
	compare_them(VIEW_SITE);
	ck_assert_int_eq(row(300, 310)->change, VIEW_GREW);
	end();
}
END_TEST

START_TEST(in_one_build_addresses_decide)
{
	begin();
	give_one_build();
	site(0, 100, "main:10");
	site(0, 200, "work:20 main:11");
	site(1, 101, "main:10");
	sides[1].pc += 64;
	site(1, 202, "work:21 main:12");
	compare_them(VIEW_SITE);
	ck_assert_int_eq(row(100, 101)->match, VIEW_MATCH_CODE);
	ck_assert_int_eq(row(200, 0)->change, VIEW_VANISHED);
	ck_assert_int_eq(row(0, 202)->change, VIEW_NEW);
	end();
}
END_TEST

START_TEST(groups_are_known_by_name)
{
	begin();
	site(0, 100, "take:10 main:1");
	site(0, 40, "take:10 work:5 main:1");
	site(0, 5, "gone:1 main:1");
	site(1, 150, "take:12 main:1");
	compare_them(VIEW_FUNCTION);
	ck_assert_str_eq(row(140, 150)->label, "take");
	ck_assert_uint_eq(row(140, 150)->old_sites, 2);
	ck_assert_int_eq(row(5, 0)->change, VIEW_VANISHED);
	end();
	begin();
	site(0, 100, "take:10 main:1");
	site(0, 200, "take:20 main:1");
	site(1, 202, "take:27 main:1");
	site(1, 101, "take:17 main:1");
	compare_them(VIEW_LINE);
	ck_assert_str_eq(row(100, 101)->label, "/b/x.c:17");
	ck_assert_str_eq(row(100, 101)->old_label, "/a/x.c:10");
	row(200, 202);
	end();
	begin();
	site(0, 100, "take:10 main:1");
	site(1, 202, "give:27 main:1");
	compare_them(VIEW_FILE);
	row(100, 202);
	end();
}
END_TEST

static void expect_name(const char *function, const char *wanted)
{
	struct buf name = { 0 };

	keys_function(function, &name);
	ck_assert_str_eq(buf_text(&name), wanted);
	buf_free(&name);
}

START_TEST(names_lose_what_a_build_appends)
{
	expect_name("work", "work");
	expect_name("work.constprop.0.isra.1", "work");
	expect_name("work.cold", "work");
	expect_name("work(int) [clone .part.0]", "work");
	expect_name("app::parse::h0123456789abcdef", "app::parse");
	expect_name("app::hello", "app::hello");
	expect_name(".cold", ".cold");
}
END_TEST

/* Any two recordings: every site is in one row, on its side. */
START_TEST(nothing_is_lost_or_counted_twice)
{
	static const char *const names[] = { "a", "b", "work", "works", "worker", "take", "~in" };
	struct view_sums sum[2];
	char stack[400];
	unsigned side, frames;
	size_t i, sites[2];
	int round;

	for (round = 0; round < 30; round++) {
		begin();
		for (i = 0; i < 300; i++) {
			stack[0] = '\0';
			for (frames = (unsigned)rand() % 5; frames; frames--)
				sprintf(stack + strlen(stack), "%s%u:%d ", names[rand() % 7],
					(unsigned)rand() % 2, 1 + rand() % 3);
			strcat(stack, "main:1");
			site(i % 3 == 0, 1 + rand() % 1000, stack);
		}
		compare_them(VIEW_SITE);
		memset(sum, 0, sizeof(sum));
		memset(sites, 0, sizeof(sites));
		for (i = 0; i < table->row_count; i++) {
			sum[0].live_bytes += table->rows[i].before.live_bytes;
			sum[1].live_bytes += table->rows[i].after.live_bytes;
			sites[0] += table->rows[i].old_sites;
			sites[1] += table->rows[i].new_sites;
		}
		for (side = 0; side < 2; side++) {
			const struct view_sums *others = side ? &table->new_others
							      : &table->old_others;

			ck_assert_int_eq(sum[side].live_bytes + others->live_bytes,
					 sides[side].story.analysis.view.facts.sum.live_bytes);
			ck_assert_uint_le(sites[side], sides[side].story.analysis.view.site_count);
		}
		end();
	}
}
END_TEST

UNIT_MAIN("compare", stacks_are_known_by_names, a_similar_name_will_do, frames_may_be_missing,
	  lines_keep_their_order, in_one_build_addresses_decide, groups_are_known_by_name,
	  names_lose_what_a_build_appends, nothing_is_lost_or_counted_twice)
