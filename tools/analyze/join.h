/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sites that a table would show by the same lines, as one row of their sums: what tells them apart
 * is hidden, as the machine code below a line of Python is, or lies deeper than is shown.  Tables
 * alone; the view's sites stay as they are.  For table.c.  Errors: -ENOMEM.
 */
#ifndef TIDEMARK_ANALYZE_JOIN_H
#define TIDEMARK_ANALYZE_JOIN_H

#include "analyze/analyze.h"

/* The joined rows, to be freed; each has the largest of its sites, and how many they are. */
int join_rows(const struct analysis *a, const struct analyze_options *options,
	      const struct view_table *table, const struct view_row *rows, size_t count,
	      struct view_row **joined, size_t *joined_count);

#endif
