/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "compare/compare.h"

#include <errno.h>
#include <string.h>

#include "analyze/sums.h"
#include "compare/match.h"
#include "compare/notes.h"
#include "compare/rows.h"

#define TOTALS_MOST 8

static void add_total(struct view_diff *view, struct view_diff_total *list, const char *name,
		      bool bytes, int64_t before, int64_t after)
{
	list[view->total_count++] = (struct view_diff_total){ name, bytes, before, after };
}

/* Two copies may hold one and the same search: it tells nothing of what came between. */
static bool has_two_scans(const struct view_diff *v)
{
	const struct view_facts *a = &v->before->facts, *b = &v->after->facts;

	return a->leaks && b->leaks &&
	       !(v->same_process && b->scan.on_demand && a->scan.number == b->scan.number);
}

static int fill_totals(struct comparison *c)
{
	struct view_diff_total *list = arena_take(&c->arena, TOTALS_MOST, sizeof(*list));
	const struct view_facts *a = &c->view.before->facts, *b = &c->view.after->facts;
	struct view_diff *v = &c->view;

	if (!list)
		return -ENOMEM;
	add_total(v, list, "peak", true, a->peak_bytes, b->peak_bytes);
	add_total(v, list, "live", true, a->sum.live_bytes, b->sum.live_bytes);
	add_total(v, list, "total", true, (int64_t)a->sum.total_bytes, (int64_t)b->sum.total_bytes);
	add_total(v, list, "calls", false, (int64_t)a->sum.calls, (int64_t)b->sum.calls);
	add_total(v, list, "temporaries", false, (int64_t)a->sum.temporaries,
		  (int64_t)b->sum.temporaries);
	if (has_two_scans(v)) {
		add_total(v, list, "leaked", true, sums_key(&a->sum, VIEW_LEAKED),
			  sums_key(&b->sum, VIEW_LEAKED));
		add_total(v, list, "definite", true, sums_key(&a->sum, VIEW_DEFINITE),
			  sums_key(&b->sum, VIEW_DEFINITE));
	}
	if (a->rss_peak_bytes && b->rss_peak_bytes)
		add_total(v, list, "rss_peak", true, (int64_t)a->rss_peak_bytes,
			  (int64_t)b->rss_peak_bytes);
	v->totals = list;
	return 0;
}

/* What lives on is what a service's owner asks for; its peak may be long ago. */
static int fill_tables(struct comparison *c, const struct rows *rows,
		       const struct compare_options *options)
{
	const struct view_facts *a = &c->view.before->facts, *b = &c->view.after->facts;
	enum view_sort sorts[3] = { VIEW_PEAK, VIEW_LIVE, VIEW_LEAKED };
	bool leaks = has_two_scans(&c->view) &&
		     (sums_key(&a->sum, VIEW_LEAKED) || sums_key(&b->sum, VIEW_LEAKED));
	size_t i;
	int err = 0;

	if (c->view.same_process) {
		sorts[0] = VIEW_LIVE;
		sorts[1] = VIEW_PEAK;
	}
	if (options->sorted)
		sorts[0] = options->sort;
	c->view.table_count = options->sorted ? 1 : leaks ? 3 : 2;
	c->view.tables = arena_take(&c->arena, c->view.table_count, sizeof(*c->view.tables));
	if (!c->view.tables)
		return -ENOMEM;
	for (i = 0; i < c->view.table_count && !err; i++)
		err = rows_table(&c->arena, &c->view, rows, options, sorts[i], &c->view.tables[i]);
	return err;
}

static int fill(struct comparison *c, struct match *m, const struct analysis *before,
		const struct analysis *after, const struct compare_options *options)
{
	struct rows rows = {
		.old_unmatched = before->unmatched,
		.new_unmatched = after->unmatched,
		.unmatched_count = before->unmatched_count > after->unmatched_count
					   ? before->unmatched_count
					   : after->unmatched_count,
	};
	int err;

	if (options->by == VIEW_SITE)
		err = match_sites(m, &before->view, &after->view);
	else
		err = match_groups(m, &before->view, &after->view, options->by);
	if (!err)
		err = rows_fill(&rows, &c->arena, m, options);
	if (!err)
		err = fill_totals(c);
	if (!err)
		err = notes_fill(&c->view, &c->arena);
	return err ? err : fill_tables(c, &rows, options);
}

int compare(struct comparison *c, const struct analysis *before, const struct analysis *after,
	    const struct compare_options *options)
{
	const struct view_facts *a = &before->view.facts, *b = &after->view.facts;
	struct match m = { .pairs = NULL };
	int err;

	*c = (struct comparison){ .view = { .before = &before->view, .after = &after->view } };
	c->view.by = options->by;
	c->view.same_process = a->pid == b->pid && a->start_unix_ns == b->start_unix_ns &&
			       !strcmp(a->host, b->host);
	err = fill(c, &m, before, after, options);
	match_free(&m);
	if (err)
		compare_free(c);
	return err;
}

void compare_free(struct comparison *c)
{
	arena_free(&c->arena);
	*c = (struct comparison){ .view = { .before = NULL } };
}
