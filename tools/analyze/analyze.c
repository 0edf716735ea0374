/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "analyze/analyze.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/advice/advice.h"
#include "analyze/build.h"
#include "analyze/facts.h"
#include "analyze/group.h"
#include "analyze/leaks.h"
#include "analyze/listing.h"
#include "analyze/shares.h"
#include "analyze/sums.h"
#include "analyze/table.h"
#include "analyze/time.h"
#include "analyze/tree.h"

#define TABLES_MOST 8

static int larger_first(const void *one, const void *two, void *sort)
{
	const struct view_site *a = one, *b = two;
	int order = sums_compare(&a->sums, &b->sums, *(const enum view_sort *)sort);

	return order ? order : a->id < b->id ? -1 : a->id > b->id;
}

/* Bits of all frames of the site's stack. */
static uint16_t stack_bits(const struct view *v, const struct view_site *site, const uint16_t *bits)
{
	uint16_t of_stack = 0;
	uint32_t i;

	for (i = 0; i < site->count; i++)
		of_stack |= bits[v->stack[site->first + i]];
	return of_stack;
}

static void drop_unmatched(struct analysis *a, const struct filter *filter, const uint16_t *bits)
{
	struct view *v = &a->view;
	size_t from, to = 0;

	for (from = 0; from < v->site_count; from++) {
		if (filter_site(filter, &v->sites[from].sums,
				stack_bits(v, &v->sites[from], bits))) {
			v->sites[to++] = v->sites[from];
			continue;
		}
		sums_add(&a->unmatched, &v->sites[from].sums);
		a->unmatched_count++;
	}
	v->site_count = to;
}

static int match_sites(struct analysis *a, const struct analyze_options *options,
		       size_t frame_count)
{
	struct view *v = &a->view;
	enum view_sort sort = options->sort;
	uint16_t *bits;
	size_t i;

	if (options->filter && options->filter->count) {
		bits = calloc(frame_count + 1, sizeof(*bits));
		if (!bits)
			return -ENOMEM;
		for (i = 0; i < frame_count; i++)
			bits[i] = filter_frame(options->filter, &v->frames[i]);
		drop_unmatched(a, options->filter, bits);
		free(bits);
	}
	if (v->site_count)
		qsort_r(v->sites, v->site_count, sizeof(*v->sites), larger_first, &sort);
	for (i = 0; i < v->site_count; i++)
		a->ids[v->sites[i].id] = (uint32_t)i + 1;
	return 0;
}

static int site_rows(struct analysis *a, struct view_row **rows, size_t *count)
{
	struct view *v = &a->view;
	size_t i;

	*rows = arena_take(&a->arena, v->site_count + 1, sizeof(**rows));
	*count = 0;
	if (!*rows)
		return -ENOMEM;
	for (i = 0; i < v->site_count; i++)
		(*rows)[(*count)++] = (struct view_row){ .sums = v->sites[i].sums,
							 .site = &v->sites[i],
							 .sites = 1 };
	return 0;
}

/* Temporary allocations are what can be saved; where there are few, the calls tell more. */
static enum view_sort churn_sort(const struct view_sums *sum)
{
	return sum->temporaries > sum->calls / 10 ? VIEW_TEMPORARY : VIEW_CALLS;
}

/*
 * Which tables there are.  What lives at the end is told by class once a scan has sorted it, which
 * one on demand, before the end, has not.
 */
static size_t choose_tables(const struct analysis *a, const struct analyze_options *options,
			    enum view_sort *sorts)
{
	size_t count = 0;

	if (options->sorted) {
		sorts[0] = options->sort;
		return 1;
	}
	if (!options->leaks_alone)
		sorts[count++] = VIEW_PEAK;
	if (leaks_has_tables(a)) {
		sorts[count++] = VIEW_DEFINITE;
		sorts[count++] = VIEW_INDIRECT;
		sorts[count++] = VIEW_POSSIBLE;
		if (options->show_reachable)
			sorts[count++] = VIEW_REACHABLE;
	}
	if (!leaks_has_tables(a) || (a->view.facts.scan.on_demand && !options->leaks_alone))
		sorts[count++] = VIEW_LIVE;
	if (!options->leaks_alone)
		sorts[count++] = churn_sort(&a->view.facts.sum);
	return count;
}

static int fill_tables(struct analysis *a, const struct analyze_options *options,
		       const struct view_row *rows, size_t count)
{
	enum view_sort sorts[TABLES_MOST];
	size_t table_count = choose_tables(a, options, sorts), i;
	int err = 0;

	a->view.tables = arena_take(&a->arena, table_count, sizeof(*a->view.tables));
	if (!a->view.tables)
		return -ENOMEM;
	for (i = 0; i < table_count && !err; i++) {
		a->view.tables[i].depth = i ? options->depth_after : options->depth;
		if (sorts[i] == VIEW_DEFINITE)
			a->view.tables[i].depth = options->depth;
		err = table_fill(a, options, sorts[i], rows, count, &a->view.tables[i]);
		if (!err)
			leaks_of_rows(a, &a->view.tables[i]);
	}
	a->view.table_count = table_count;
	return err;
}

static int fill_rows(struct analysis *a, const struct model *m,
		     const struct analyze_options *options)
{
	struct view_row *rows;
	size_t count;
	int err;

	if (options->by == VIEW_SITE)
		err = site_rows(a, &rows, &count);
	else
		err = group_sites(a, m, options->by, &rows, &count);
	if (err)
		return err;
	if (options->by != VIEW_SITE) {
		a->view.groups = rows;
		a->view.group_count = count;
	}
	return fill_tables(a, options, rows, count);
}

static int fill(struct analysis *a, const struct model *m, const struct names *names,
		const struct analyze_options *options)
{
	int err;

	err = facts_fill(a, m, options);
	if (!err)
		err = facts_warn(a, m, options);
	if (!err)
		err = build_modules(a, m);
	if (!err)
		err = build_frames(a, m, names);
	if (!err)
		err = build_sites(a, m, names, options);
	if (!err)
		err = match_sites(a, options, names->count);
	if (!err)
		err = leaks_blocks(a, m, names);
	if (!err)
		err = shares_fill(a, m);
	if (!err)
		err = time_fill(a, m, options);
	if (!err && options->advice_limit)
		err = advice_fill(a, m);
	if (!err && options->listing)
		err = listing_fill(a, options);
	if (!err && options->shape == VIEW_TABLES)
		err = fill_rows(a, m, options);
	else if (!err)
		err = tree_fill(a, options);
	return err;
}

int analyze(struct analysis *a, const struct model *m, const struct names *names,
	    const struct analyze_options *options)
{
	int err;

	memset(a, 0, sizeof(*a));
	a->view.by = options->by;
	a->view.shape = options->shape;
	a->view.tree_sort = options->sort;
	a->view.site_limit = options->site_limit;
	a->view.advice_limit = options->advice_limit;
	a->view.listing_limit = options->limit;
	err = fill(a, m, names, options);
	if (err)
		analyze_free(a);
	return err;
}

void analyze_free(struct analysis *a)
{
	arena_free(&a->arena);
	memset(a, 0, sizeof(*a));
}
