/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rows of one table in order, cut to its limit, with the rest summed.  For analyze.c.
 * Errors: -ENOMEM.
 */
#ifndef TIDEMARK_ANALYZE_TABLE_H
#define TIDEMARK_ANALYZE_TABLE_H

#include "analyze/analyze.h"

int table_fill(struct analysis *a, const struct analyze_options *options, enum view_sort sort,
	       const struct view_row *rows, size_t count, struct view_table *table);

#endif
