/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "analyze/table.h"

#include <errno.h>
#include <stdlib.h>

#include "analyze/fold.h"
#include "analyze/join.h"
#include "analyze/sums.h"

/* However small they are. */
#define ROWS_ANYWAY 3

struct order {
	const struct view_row *rows;
	enum view_sort sort;
};

static int compare(const void *one, const void *two, void *user)
{
	uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)two;
	const struct order *o = user;
	int order = sums_compare(&o->rows[a].sums, &o->rows[b].sums, o->sort);

	return order ? order : a < b ? -1 : a > b;
}

static int fill_lines(struct analysis *a, const struct analyze_options *options,
		      struct view_row *row)
{
	struct view *v = &a->view;
	struct view_line *lines;
	uint32_t i;

	if (!row->site)
		return 0;
	lines = arena_take(&a->arena, row->site->shown_count + 1, sizeof(*lines));
	if (!lines)
		return -ENOMEM;
	row->lines = lines;
	if (!options->all_frames) {
		row->line_count = fold_lines(v->frames, v->stack, row->site, lines);
		return 0;
	}
	row->line_count = row->site->shown_count;
	for (i = 0; i < row->line_count; i++)
		lines[i] = (struct view_line){ v->stack[row->site->shown + i], 1, 1 };
	return 0;
}

/* A site without leaks is not one of the other sites of a table of leaks. */
static bool is_of_others(enum view_sort sort, const struct view_sums *sums)
{
	const int64_t *blocks = sums->leaks.blocks;

	if (sort == VIEW_LEAKED)
		return blocks[0] || blocks[1] || blocks[2];
	return sort < VIEW_DEFINITE || blocks[sort - VIEW_DEFINITE];
}

/* Rows that say next to nothing are left to the sum of the others. */
static bool is_worth_a_row(const struct analyze_options *options, const struct view_table *table,
			   const struct view_sums *sums)
{
	int64_t value = sums_key(sums, table->sort);

	if (table->row_count >= options->limit)
		return false;
	return value && (table->row_count < ROWS_ANYWAY || table->sort >= VIEW_LEAKED ||
			 (double)value >= (double)sums_key(&table->sum, table->sort) *
						  options->smallest_part);
}

/* What a table is sorted by, where that is bytes. */
static int64_t bytes_of(const struct view_sums *sums, enum view_sort sort)
{
	return sort == VIEW_CALLS || sort == VIEW_TEMPORARY ? 0 : sums_key(sums, sort);
}

static int fill_rows(struct analysis *a, const struct analyze_options *options,
		     const struct view_row *rows, const uint32_t *order, size_t count,
		     struct view_table *table)
{
	size_t i;
	int err;

	table->rows = arena_take(&a->arena, options->limit < count ? options->limit : count,
				 sizeof(*table->rows));
	for (i = 0; i < count; i++) {
		if (!is_worth_a_row(options, table, &rows[order[i]].sums)) {
			sums_add(&table->others, &rows[order[i]].sums);
			if (is_of_others(table->sort, &rows[order[i]].sums))
				table->others_count += options->by == VIEW_SITE
							       ? rows[order[i]].sites
							       : 1;
			continue;
		}
		if (!table->rows)
			return -ENOMEM;
		table->rows[table->row_count] = rows[order[i]];
		table->rows[table->row_count].error_bytes = sums_error(
			bytes_of(&rows[order[i]].sums, table->sort), a->view.facts.sample_bytes);
		err = fill_lines(a, options, &table->rows[table->row_count++]);
		if (err)
			return err;
	}
	return 0;
}

static int fill_sorted(struct analysis *a, const struct analyze_options *options,
		       const struct view_row *rows, size_t count, struct view_table *table)
{
	struct order how = { rows, table->sort };
	uint32_t *order = calloc(count + 1, sizeof(*order));
	size_t i;
	int err;

	if (!order)
		return -ENOMEM;
	for (i = 0; i < count; i++)
		order[i] = (uint32_t)i;
	if (count)
		qsort_r(order, count, sizeof(*order), compare, &how);
	err = fill_rows(a, options, rows, order, count, table);
	free(order);
	return err;
}

int table_fill(struct analysis *a, const struct analyze_options *options, enum view_sort sort,
	       const struct view_row *rows, size_t count, struct view_table *table)
{
	struct view_row *joined;
	int err;

	table->sort = sort;
	table->sum = a->view.facts.sum;
	table->unmatched = a->unmatched;
	table->unmatched_count = a->unmatched_count;
	if (options->by != VIEW_SITE)
		return fill_sorted(a, options, rows, count, table);
	err = join_rows(a, options, table, rows, count, &joined, &count);
	if (err)
		return err;
	err = fill_sorted(a, options, joined, count, table);
	free(joined);
	return err;
}
