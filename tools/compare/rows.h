/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rows of a comparison, and tables of them.  For compare.c.  Errors: -ENOMEM.
 */
#ifndef TIDEMARK_COMPARE_ROWS_H
#define TIDEMARK_COMPARE_ROWS_H

#include "compare/compare.h"
#include "compare/match.h"

struct rows {
	struct view_diff_row *list; /* in the arena */
	size_t count;
	struct view_sums old_unmatched; /* what the filter held back */
	struct view_sums new_unmatched;
	size_t unmatched_count;
};

/* A row for each pair and for each item that found none. */
int rows_fill(struct rows *rows, struct arena *arena, const struct match *m,
	      const struct compare_options *options);
int rows_table(struct arena *arena, const struct view_diff *view, const struct rows *rows,
	       const struct compare_options *options, enum view_sort sort,
	       struct view_diff_table *table);

#endif
