/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All that a renderer can see of the difference between two recordings.  Filled by compare/, owned
 * by cmd/, read by render/.  In every table, for the old sums and for the new ones:
 *   sum over rows + others + unmatched = sum
 * so the changes add up to the change of the whole.
 */
#ifndef TIDEMARK_VIEW_DIFF_H
#define TIDEMARK_VIEW_DIFF_H

#include "view.h"

/* What became of a row, by the number that its table is about. */
enum view_change { VIEW_GREW, VIEW_SHRANK, VIEW_NEW, VIEW_VANISHED, VIEW_SAME };

/* By what a row of the old recording was found again in the new one, the surest first. */
enum view_match {
	VIEW_MATCH_NONE,     /* there in one of them only */
	VIEW_MATCH_CODE,     /* the same instructions of the same files */
	VIEW_MATCH_NAMES,    /* functions and source files, without lines */
	VIEW_MATCH_SHOWN,    /* functions that concern the user, recursion folded */
	VIEW_MATCH_PHYSICAL, /* the allocating function, and the callers without inlined ones */
	VIEW_MATCH_RENAMED,  /* but for functions that now have a similar name */
	VIEW_MATCH_NEAR,     /* the allocating function and most callers; nothing else comes near */
};

struct view_diff_row {
	enum view_change change;
	enum view_match match;
	struct view_sums before; /* all 0 where there was none */
	struct view_sums after;
	const struct view_site *old_site; /* the largest of its sites; NULL by group, or none */
	const struct view_site *new_site;
	const struct view_line *lines; /* the stack, of the new one where there is one */
	size_t line_count;
	uint32_t old_sites; /* how many are in it */
	uint32_t new_sites;
	const char *label; /* of a group; NULL in a table of sites */
	const char *detail;
	const char *old_label; /* where it was another one, else NULL */
};

struct view_diff_table {
	enum view_sort sort;
	uint32_t depth; /* lines of a stack to show */
	struct view_diff_row *rows;
	size_t row_count;
	struct view_sums old_sum;
	struct view_sums new_sum;
	struct view_sums old_others; /* below the limit or the threshold */
	struct view_sums new_others;
	size_t others_count;
	size_t changed_count;		/* rows with a change, shown or not */
	struct view_sums old_unmatched; /* held back by the filter */
	struct view_sums new_unmatched;
	size_t unmatched_count;
};

/* A line of the totals. */
struct view_diff_total {
	const char *name; /* one word, as in JSON */
	bool bytes;	  /* else a count */
	int64_t before;
	int64_t after;
};

struct view_diff {
	const struct view *before;
	const struct view *after;
	enum view_by by;
	bool same_process; /* two looks at one process */
	const struct view_diff_total *totals;
	size_t total_count;
	const char *const *notes; /* whole sentences */
	size_t note_count;
	struct view_diff_table *tables;
	size_t table_count;
};

/* Of several processes, one of each side that belong together; a side may be missing. */
struct view_pair {
	const char *program;
	const char *old_path; /* NULL = not there */
	const char *new_path;
	uint32_t old_pid;
	uint32_t new_pid;
	int64_t old_peak_bytes;
	int64_t new_peak_bytes;
	int64_t old_live_bytes;
	int64_t new_live_bytes;
};

#endif
