/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "compare/rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/fold.h"
#include "analyze/sums.h"
#include "base/util.h"

/* However small they are. */
#define ROWS_ANYWAY 3

struct making {
	struct rows *rows;
	const struct match *m;
	const struct compare_options *options;
	uint16_t *bits[2]; /* of all frames: which terms of the filter they fit */
};

static int64_t change_of(const struct view_diff_row *row, enum view_sort sort)
{
	return util_minus(sums_key(&row->after, sort), sums_key(&row->before, sort));
}

static uint16_t stack_bits(const struct making *k, uint32_t side, const struct view_site *site)
{
	const struct view *v = k->m->sides[side].keys.view;
	uint16_t bits = 0;
	uint32_t i;

	for (i = 0; i < site->count; i++)
		bits |= k->bits[side][v->stack[site->first + i]];
	return bits;
}

/* A pair is in when either side is: what grew beyond a limit has come from below it. */
static bool is_let_through(const struct making *k, const struct view_diff_row *row)
{
	const struct filter *f = k->options->filter;
	bool was, is;

	if (!f || !f->count || k->options->by != VIEW_SITE)
		return true;
	was = row->old_site && filter_site(f, &row->before, stack_bits(k, 0, row->old_site));
	is = row->new_site && filter_site(f, &row->after, stack_bits(k, 1, row->new_site));
	return was || is;
}

/* How much a site says about its row: the largest one's stack is shown. */
static int64_t weight_of(const struct view_sums *s)
{
	return s->at_peak_bytes > s->live_bytes ? s->at_peak_bytes : s->live_bytes;
}

static void add_item(const struct making *k, struct view_diff_row *row, uint32_t side,
		     uint32_t item)
{
	const struct view *v = k->m->sides[side].keys.view;
	const struct view_site **largest = side ? &row->new_site : &row->old_site;
	struct view_sums *sums = side ? &row->after : &row->before;
	const struct view_row *group;
	const struct view_site *site;

	if (k->options->by != VIEW_SITE) {
		group = &v->groups[item];
		sums_add(sums, &group->sums);
		*(side ? &row->new_sites : &row->old_sites) += group->sites;
		if (!side) {
			row->old_label = group->label;
		} else if (!row->label) {
			row->label = group->label;
			row->detail = group->detail;
		}
		return;
	}
	site = &v->sites[item];
	sums_add(sums, &site->sums);
	++*(side ? &row->new_sites : &row->old_sites);
	if (!*largest || weight_of(&site->sums) > weight_of(&(*largest)->sums))
		*largest = site;
}

static void keep_row(const struct making *k, const struct view_diff_row *row)
{
	struct rows *r = k->rows;

	if (is_let_through(k, row)) {
		r->list[r->count++] = *row;
		return;
	}
	sums_add(&r->old_unmatched, &row->before);
	sums_add(&r->new_unmatched, &row->after);
	r->unmatched_count += row->new_sites ? row->new_sites : row->old_sites;
}

/* Of a group that is gone the old label is all there is; of others it is told when it changed. */
static void settle_label(const struct making *k, struct view_diff_row *row, uint32_t item)
{
	if (k->options->by == VIEW_SITE)
		return;
	if (!row->label) {
		row->label = row->old_label;
		row->detail = k->m->sides[0].keys.view->groups[item].detail;
	}
	if (row->old_label && !strcmp(row->label, row->old_label))
		row->old_label = NULL;
}

static void add_pair(const struct making *k, const struct match_pair *pair)
{
	struct view_diff_row row = { .match = pair->how };
	uint32_t side, i;

	for (side = 0; side < 2; side++)
		for (i = 0; i < pair->count[side]; i++)
			add_item(k, &row, side, k->m->members[pair->first[side] + i]);
	settle_label(k, &row, 0);
	keep_row(k, &row);
}

static void add_all(const struct making *k)
{
	const struct match *m = k->m;
	uint32_t side, i;

	for (i = 0; i < m->pair_count; i++)
		add_pair(k, &m->pairs[i]);
	for (side = 0; side < 2; side++) {
		for (i = 0; i < m->sides[side].count; i++) {
			struct view_diff_row row = { .match = VIEW_MATCH_NONE };

			if (m->sides[side].items[i].is_paired)
				continue;
			add_item(k, &row, side, i);
			settle_label(k, &row, i);
			keep_row(k, &row);
		}
	}
}

static int fill_bits(struct making *k, uint32_t side)
{
	const struct view *v = k->m->sides[side].keys.view;
	size_t i;

	k->bits[side] = calloc(v->frame_count + 1, sizeof(*k->bits[side]));
	if (!k->bits[side])
		return -ENOMEM;
	for (i = 0; k->options->filter && i < v->frame_count; i++)
		k->bits[side][i] = filter_frame(k->options->filter, &v->frames[i]);
	return 0;
}

int rows_fill(struct rows *rows, struct arena *arena, const struct match *m,
	      const struct compare_options *options)
{
	struct making k = { .rows = rows, .m = m, .options = options };
	size_t most = m->pair_count + m->sides[0].count + m->sides[1].count;
	int err;

	rows->list = arena_take(arena, most + 1, sizeof(*rows->list));
	if (!rows->list)
		return -ENOMEM;
	err = fill_bits(&k, 0);
	if (!err)
		err = fill_bits(&k, 1);
	if (!err)
		add_all(&k);
	free(k.bits[0]);
	free(k.bits[1]);
	return err;
}

struct order {
	const struct view_diff_row *rows;
	enum view_sort sort;
};

static uint64_t size_of(int64_t change)
{
	return change < 0 ? 0 - (uint64_t)change : (uint64_t)change;
}

static int larger_change_first(const void *one, const void *two, void *user)
{
	uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)two;
	const struct order *o = user;
	int64_t ca = change_of(&o->rows[a], o->sort), cb = change_of(&o->rows[b], o->sort);

	if (size_of(ca) != size_of(cb))
		return size_of(ca) > size_of(cb) ? -1 : 1;
	if (ca != cb)
		return ca > cb ? -1 : 1;
	return a < b ? -1 : a > b;
}

static enum view_change change_kind(const struct view_diff_row *row, enum view_sort sort)
{
	int64_t change = change_of(row, sort);

	if (!change)
		return VIEW_SAME;
	if (!row->old_sites)
		return VIEW_NEW;
	if (!row->new_sites)
		return VIEW_VANISHED;
	return change > 0 ? VIEW_GREW : VIEW_SHRANK;
}

static int fill_lines(struct arena *arena, const struct view_diff *view,
		      const struct compare_options *options, struct view_diff_row *row)
{
	const struct view *v = row->new_site ? view->after : view->before;
	const struct view_site *site = row->new_site ? row->new_site : row->old_site;
	struct view_line *lines;
	uint32_t i;

	if (!site)
		return 0;
	lines = arena_take(arena, site->shown_count + 1, sizeof(*lines));
	if (!lines)
		return -ENOMEM;
	row->lines = lines;
	if (!options->all_frames) {
		row->line_count = fold_lines(v->frames, v->stack, site, lines);
		return 0;
	}
	row->line_count = site->shown_count;
	for (i = 0; i < row->line_count; i++)
		lines[i] = (struct view_line){ v->stack[site->shown + i], 1, 1 };
	return 0;
}

static double least_change(const struct rows *rows, const struct compare_options *options,
			   const struct view_diff_table *table)
{
	double all = 0, part;
	size_t i;

	for (i = 0; i < rows->count; i++)
		all += (double)size_of(change_of(&rows->list[i], table->sort));
	all *= options->smallest_part;
	part = (double)sums_key(&table->old_sum, table->sort) * options->threshold_part;
	if (part < (double)options->threshold)
		part = (double)options->threshold;
	/* What the user asked for holds for the first rows, too. */
	return part > 0 ? part : all;
}

/* In any number that can be added up and that both sides know. */
static bool differs(const struct view_diff *view, const struct view_diff_row *row)
{
	struct view_sums before = row->before, after = row->after;

	before.own_peak_bytes = after.own_peak_bytes = 0;
	if (!view->before->facts.leaks || !view->after->facts.leaks)
		before.leaks = after.leaks;
	return memcmp(&before, &after, sizeof(before)) != 0;
}

static bool is_worth_a_row(const struct view_diff *view, const struct compare_options *options,
			   const struct view_diff_table *table, double least,
			   const struct view_diff_row *row)
{
	bool asked = options->threshold || options->threshold_part > 0;
	int64_t change = change_of(row, table->sort);

	if (table->row_count >= options->limit)
		return false;
	if (options->every_row)
		return true;
	if (options->every_change && !asked)
		return differs(view, row);
	if (!change)
		return false;
	return (!asked && table->row_count < ROWS_ANYWAY) || (double)size_of(change) >= least;
}

static int fill_rows(struct arena *arena, const struct view_diff *view, const struct rows *rows,
		     const struct compare_options *options, const uint32_t *order,
		     struct view_diff_table *table)
{
	double least = least_change(rows, options, table);
	size_t room = options->limit < rows->count ? options->limit : rows->count, i;
	const struct view_diff_row *row;
	int err = 0;

	table->rows = arena_take(arena, room + 1, sizeof(*table->rows));
	if (!table->rows)
		return -ENOMEM;
	for (i = 0; i < rows->count && !err; i++) {
		row = &rows->list[order[i]];
		table->changed_count += change_of(row, table->sort) != 0;
		if (!is_worth_a_row(view, options, table, least, row)) {
			sums_add(&table->old_others, &row->before);
			sums_add(&table->new_others, &row->after);
			table->others_count++;
			continue;
		}
		table->rows[table->row_count] = *row;
		table->rows[table->row_count].change = change_kind(row, table->sort);
		err = fill_lines(arena, view, options, &table->rows[table->row_count++]);
	}
	return err;
}

int rows_table(struct arena *arena, const struct view_diff *view, const struct rows *rows,
	       const struct compare_options *options, enum view_sort sort,
	       struct view_diff_table *table)
{
	struct order how = { rows->list, sort };
	uint32_t *order = calloc(rows->count + 1, sizeof(*order));
	size_t i;
	int err;

	if (!order)
		return -ENOMEM;
	for (i = 0; i < rows->count; i++)
		order[i] = (uint32_t)i;
	if (rows->count)
		qsort_r(order, rows->count, sizeof(*order), larger_change_first, &how);
	table->sort = sort;
	table->depth = options->depth;
	table->old_sum = view->before->facts.sum;
	table->new_sum = view->after->facts.sum;
	table->old_unmatched = rows->old_unmatched;
	table->new_unmatched = rows->new_unmatched;
	table->unmatched_count = rows->unmatched_count;
	err = fill_rows(arena, view, rows, options, order, table);
	free(order);
	return err;
}
