/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tables of the text report: numbers left, stacks right.  For text.c.
 */
#ifndef TIDEMARK_RENDER_TABLE_H
#define TIDEMARK_RENDER_TABLE_H

#include "render/paint.h"

/* Which sites have had their stack shown; a bit for each id, NULL = never mind. */
struct table_seen {
	uint8_t *bits;
	size_t ids;
};

void table_draw(struct painter *p, const struct view *v, const struct view_table *table,
		struct table_seen *seen);

/* How many the whole recording has of what the table counts. */
int64_t table_total(const struct view_table *table);

/* Right of the cells, from the column that was reached: a site's stack, or a group's label. */
void table_stack(struct painter *p, const struct view *v, const struct view_row *row, size_t depth);
void table_group(struct painter *p, const struct view *v, const struct view_row *row);

/* Before these: on a line of their own, where the terminal is narrow; the heads have it alike. */
void table_where(struct painter *p);
/* The last head, and the end of the line. */
void table_where_head(struct painter *p, const char *what);

/* What a table sorted so is about. */
int64_t table_value(enum view_sort sort, const struct view_sums *s);

/* The column a view is sorted by, and the numbers beside it; for the tree as well. */
void table_head_cells(struct painter *p, enum view_sort sort);
void table_cells(struct painter *p, enum view_sort sort, const struct view_sums *s,
		 const struct view_sums *sum);

#endif
