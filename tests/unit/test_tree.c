/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <string.h>

#include "analyze/fold.h"
#include "lib/story.h"
#include "lib/unit.h"

static struct mkprofile mk;
static struct story s;

/* A site whose stack is these frames, innermost first, 0 at the end. */
static void add_site(int64_t bytes, const uint32_t *frames)
{
	uint32_t node = 0;
	size_t count = 0;
	struct tide_record *r;

	while (frames[count])
		count++;
	while (count)
		node = mk_node(&mk, node, frames[--count]);
	r = mk_record(&mk, mk_site(&mk, node), 0);
	r->live_bytes = r->high_bytes = bytes;
	r->live_blocks = 1;
	r->calls = 1;
	r->total_bytes = (uint64_t)bytes;
}

enum { MALLOC = 1, NEW, WORK, LOOP, MAIN, START, OTHER };

static void begin(void)
{
	uint32_t module, i;

	mk_init(&mk);
	module = mk_module(&mk, "/bin/x", 0, 4096, 0);
	for (i = MALLOC; i <= OTHER; i++)
		mk_frame(&mk, 0x100 * i, module);
}

static void load(void)
{
	story_load(&s, &mk);
	story_name(&s, MALLOC, "malloc", NULL, 0, false);
	story_name(&s, NEW, "operator new(unsigned long)", NULL, 0, false);
	story_name(&s, WORK, "work", "/src/work.c", 10, false);
	story_name(&s, LOOP, "loop", "/src/loop.c", 20, false);
	story_name(&s, MAIN, "main", "/src/main.c", 30, false);
	story_name(&s, START, "_start", NULL, 0, false);
	story_name(&s, OTHER, "other", "/src/work.c", 40, false);
}

START_TEST(ends_are_hidden)
{
	const struct view_site *site;

	begin();
	add_site(100, (uint32_t[]){ MALLOC, NEW, WORK, MAIN, START, 0 });
	add_site(50, (uint32_t[]){ MALLOC, 0 });
	add_site(40, (uint32_t[]){ WORK, MALLOC, MAIN, 0 });
	load();
	story_analyze(&s);
	site = &s.analysis.view.sites[0];
	ck_assert_uint_eq(site->count, 5);
	ck_assert_uint_eq(site->shown - site->first, 2);
	ck_assert_uint_eq(site->shown_count, 2);
	/* Something stays. */
	ck_assert_uint_eq(s.analysis.view.sites[1].shown_count, 1);
	/* In the middle nothing is hidden. */
	ck_assert_uint_eq(s.analysis.view.sites[2].shown_count, 3);
	story_free(&s);
}
END_TEST

START_TEST(all_frames_hides_nothing)
{
	begin();
	add_site(100, (uint32_t[]){ MALLOC, NEW, WORK, WORK, MAIN, START, 0 });
	load();
	s.options.all_frames = true;
	story_analyze(&s);
	ck_assert_uint_eq(s.analysis.view.sites[0].shown_count, 6);
	ck_assert_uint_eq(s.analysis.view.tables[0].rows[0].line_count, 6);
	story_free(&s);
}
END_TEST

START_TEST(recursion_is_folded)
{
	const struct view_row *row;

	begin();
	add_site(100, (uint32_t[]){ WORK, LOOP, OTHER, LOOP, OTHER, LOOP, OTHER, MAIN, 0 });
	add_site(90, (uint32_t[]){ WORK, WORK, WORK, MAIN, 0 });
	load();
	story_analyze(&s);
	row = &s.analysis.view.tables[0].rows[0];
	ck_assert_uint_eq(row->line_count, 4);
	ck_assert_uint_eq(row->lines[1].times, 3);
	ck_assert_uint_eq(row->lines[1].period, 2);
	ck_assert_uint_eq(row->lines[2].times, 3);
	ck_assert_uint_eq(row->lines[2].period, 0);
	ck_assert_uint_eq(row->lines[3].times, 1);
	row++;
	ck_assert_uint_eq(row->line_count, 2);
	ck_assert_uint_eq(row->lines[0].times, 3);
	story_free(&s);
}
END_TEST

START_TEST(top_down_adds_up)
{
	const struct view_node *n;

	begin();
	add_site(100, (uint32_t[]){ MALLOC, WORK, LOOP, MAIN, START, 0 });
	add_site(60, (uint32_t[]){ MALLOC, OTHER, LOOP, MAIN, START, 0 });
	add_site(40, (uint32_t[]){ MALLOC, MAIN, START, 0 });
	load();
	s.options.shape = VIEW_TOP_DOWN;
	story_analyze(&s);
	n = s.analysis.view.nodes;
	ck_assert_uint_eq(s.analysis.view.node_count, 4);
	ck_assert_str_eq(s.analysis.view.frames[n[0].frame].function, "main");
	ck_assert_int_eq(n[0].sums.at_peak_bytes, 200);
	ck_assert_str_eq(s.analysis.view.frames[n[1].frame].function, "loop");
	ck_assert_int_eq(n[1].sums.at_peak_bytes, 160);
	ck_assert_int_eq(n[2].sums.at_peak_bytes, 100);
	ck_assert(!n[2].last);
	ck_assert_int_eq(n[3].sums.at_peak_bytes, 60);
	ck_assert(n[3].last);
	story_free(&s);
}
END_TEST

START_TEST(bottom_up_begins_with_the_allocating_function)
{
	const struct view_node *n;

	begin();
	add_site(100, (uint32_t[]){ MALLOC, WORK, LOOP, MAIN, 0 });
	add_site(60, (uint32_t[]){ MALLOC, WORK, MAIN, 0 });
	load();
	s.options.shape = VIEW_BOTTOM_UP;
	story_analyze(&s);
	n = s.analysis.view.nodes;
	ck_assert_str_eq(s.analysis.view.frames[n[0].frame].function, "work");
	ck_assert_int_eq(n[0].sums.at_peak_bytes, 160);
	ck_assert_uint_eq(n[0].sites, 2);
	story_free(&s);
}
END_TEST

START_TEST(small_branches_are_summed_up)
{
	const struct view *v = &s.analysis.view;

	begin();
	add_site(100000, (uint32_t[]){ WORK, MAIN, 0 });
	add_site(3, (uint32_t[]){ LOOP, MAIN, 0 });
	add_site(4, (uint32_t[]){ OTHER, MAIN, 0 });
	load();
	s.options.shape = VIEW_TOP_DOWN;
	story_analyze(&s);
	ck_assert_uint_eq(v->node_count, 3);
	ck_assert(v->nodes[2].is_others);
	ck_assert_int_eq(v->nodes[2].sums.at_peak_bytes, 7);
	ck_assert_uint_eq(v->nodes[2].sites, 2);
	story_free(&s);
}
END_TEST

START_TEST(rows_others_and_unmatched_make_the_sum)
{
	const struct view_table *t;
	struct filter filter;
	struct err e;
	int64_t sum_bytes = 0;
	size_t i;

	begin();
	for (i = 1; i <= 20; i++) {
		uint32_t frames[24] = { i % 2 ? WORK : OTHER };

		/* So many rounds of a loop as tell it from the others. */
		for (size_t k = 1; k <= i; k++)
			frames[k] = LOOP;
		add_site((int64_t)i, frames);
	}
	load();
	ck_assert_int_eq(filter_parse(&filter, "func:work", &e), 0);
	s.options.filter = &filter;
	s.options.limit = 4;
	story_analyze(&s);
	t = &s.analysis.view.tables[0];
	ck_assert_uint_eq(t->row_count, 4);
	ck_assert_uint_eq(t->others_count, 6);
	ck_assert_uint_eq(t->unmatched_count, 10);
	ck_assert_int_eq(t->rows[0].sums.at_peak_bytes, 19);
	for (i = 0; i < t->row_count; i++)
		sum_bytes += t->rows[i].sums.at_peak_bytes;
	sum_bytes += t->others.at_peak_bytes + t->unmatched.at_peak_bytes;
	ck_assert_int_eq(sum_bytes, 210);
	ck_assert_int_eq(t->sum.at_peak_bytes, 210);
	story_free(&s);
}
END_TEST

static const struct view_table *group(enum view_by by)
{
	begin();
	add_site(100, (uint32_t[]){ MALLOC, WORK, MAIN, 0 });
	add_site(60, (uint32_t[]){ MALLOC, OTHER, MAIN, 0 });
	add_site(40, (uint32_t[]){ MALLOC, WORK, LOOP, 0 });
	load();
	s.options.by = by;
	story_analyze(&s);
	return &s.analysis.view.tables[0];
}

/* By the lines that the table shows of them; the sites themselves stay apart. */
START_TEST(rows_that_look_the_same_are_one)
{
	const struct view_table *t;

	begin();
	add_site(50, (uint32_t[]){ MALLOC, NEW, WORK, LOOP, MAIN, START, 0 });
	add_site(100, (uint32_t[]){ MALLOC, WORK, LOOP, MAIN, START, 0 });
	add_site(70, (uint32_t[]){ MALLOC, WORK, OTHER, MAIN, START, 0 });
	load();
	story_analyze(&s);
	t = &s.analysis.view.tables[0];
	ck_assert_uint_eq(s.analysis.view.site_count, 3);
	ck_assert_uint_eq(t->row_count, 2);
	ck_assert_int_eq(t->rows[0].sums.at_peak_bytes, 150);
	ck_assert_int_eq(t->rows[0].sums.at_peak_blocks, 2);
	ck_assert_uint_eq(t->rows[0].sites, 2);
	ck_assert_uint_eq(t->rows[0].alike, 2);
	ck_assert_int_eq(t->rows[0].site->sums.at_peak_bytes, 100);
	ck_assert_uint_eq(t->rows[1].sites, 1);
	story_free(&s);
}
END_TEST

static size_t rows_shown(uint32_t depth, bool all_frames, size_t limit)
{
	size_t rows;

	begin();
	add_site(50, (uint32_t[]){ MALLOC, NEW, WORK, LOOP, MAIN, START, 0 });
	add_site(100, (uint32_t[]){ MALLOC, WORK, LOOP, MAIN, START, 0 });
	add_site(70, (uint32_t[]){ MALLOC, WORK, OTHER, MAIN, START, 0 });
	add_site(60, (uint32_t[]){ MALLOC, WORK, WORK, MAIN, START, 0 });
	add_site(40, (uint32_t[]){ OTHER, 0 });
	load();
	s.options.depth = depth;
	s.options.all_frames = all_frames;
	s.options.limit = limit;
	story_analyze(&s);
	rows = s.analysis.view.tables[0].row_count;
	if (rows == limit)
		ck_assert_uint_gt(s.analysis.view.tables[0].others_count, 0);
	story_free(&s);
	return rows;
}

START_TEST(rows_are_told_apart_by_what_is_shown)
{
	ck_assert_uint_eq(rows_shown(8, false, 100), 4);
	/* The callers are below what is shown; the recursion is not. */
	ck_assert_uint_eq(rows_shown(1, false, 100), 3);
	ck_assert_uint_eq(rows_shown(8, true, 100), 5);
	ck_assert_uint_eq(rows_shown(8, false, 2), 2);
}
END_TEST

START_TEST(groups_add_up)
{
	const struct view_table *t = group(VIEW_FUNCTION);

	ck_assert_uint_eq(t->row_count, 2);
	ck_assert_str_eq(t->rows[0].label, "work");
	ck_assert_int_eq(t->rows[0].sums.at_peak_bytes, 140);
	ck_assert_uint_eq(t->rows[0].sites, 2);
	story_free(&s);
	t = group(VIEW_LINE);
	ck_assert_str_eq(t->rows[1].label, "/src/work.c:40");
	story_free(&s);
	t = group(VIEW_FILE);
	ck_assert_uint_eq(t->row_count, 1);
	ck_assert_str_eq(t->rows[0].label, "/src/work.c");
	ck_assert_int_eq(t->rows[0].sums.at_peak_bytes, 200);
	story_free(&s);
	t = group(VIEW_MODULE);
	ck_assert_str_eq(t->rows[0].label, "x");
	ck_assert_str_eq(t->rows[0].detail, "/bin/x");
	story_free(&s);
	t = group(VIEW_THREAD);
	ck_assert_str_eq(t->rows[0].label, "sample (4711)");
	ck_assert_int_eq(t->rows[0].sums.at_peak_bytes, 200);
	story_free(&s);
}
END_TEST

START_TEST(plumbing_is_known)
{
	static const char *const inner[] = {
		"malloc",
		"__libc_malloc",
		"__GI___strdup",
		"operator new[](unsigned long)",
		"std::allocator<int>::allocate",
		"void std::vector<int>::emplace_back<int>(int&&)",
		"alloc::raw_vec::RawVec<T>::reserve",
		"__rust_alloc",
		"xmalloc",
		"g_malloc0",
	};
	static const char *const shown[] = {
		"main", "parse_malloc", "stdlib_init", "my::std::thing", "mallocate", "",
	};
	size_t i;

	for (i = 0; i < sizeof(inner) / sizeof(inner[0]); i++)
		ck_assert_msg(fold_kind(&(struct view_frame){ .function = inner[i] }) == FOLD_INNER,
			      "%s is shown", inner[i]);
	for (i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		ck_assert_msg(fold_kind(&(struct view_frame){ .function = shown[i] }) == FOLD_SHOWN,
			      "%s is hidden", shown[i]);
	ck_assert_int_eq(fold_kind(&(struct view_frame){ .module = "/x/libtidemark.so" }),
			 FOLD_OURS);
	ck_assert_int_eq(
		fold_kind(&(struct view_frame){ .function = "f",
						.file = "/usr/include/c++/12/bits/stl_vector.h" }),
		FOLD_INNER);
}
END_TEST

UNIT_MAIN("tree", ends_are_hidden, all_frames_hides_nothing, recursion_is_folded, top_down_adds_up,
	  bottom_up_begins_with_the_allocating_function, small_branches_are_summed_up,
	  rows_others_and_unmatched_make_the_sum, rows_that_look_the_same_are_one,
	  rows_are_told_apart_by_what_is_shown, groups_add_up, plumbing_is_known)
