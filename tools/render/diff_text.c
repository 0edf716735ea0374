/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/util.h"
#include "render/command.h"
#include "render/paint.h"
#include "render/render.h"
#include "render/table.h"

#define LABEL_WIDTH 13
#define PAIRS_MOST  20

static const struct metric {
	const char *title;
	const char *words; /* behind the change, in the heading */
	bool bytes;
} metrics[] = {
	[VIEW_PEAK] = { "Peak", "at the peak", true },
	[VIEW_LIVE] = { "Live", "not freed", true },
	[VIEW_TOTAL] = { "Total", "allocated in all", true },
	[VIEW_CALLS] = { "Calls", "calls", false },
	[VIEW_TEMPORARY] = { "Temporary", "temporary allocations", false },
	[VIEW_OWN_PEAK] = { "Own peak", "", true },
	[VIEW_LEAKED] = { "Leaked", "lost, surely or possibly", true },
	[VIEW_DEFINITE] = { "Leaked", "definitely lost", true },
	[VIEW_INDIRECT] = { "Leaked", "lost by way of others", true },
	[VIEW_POSSIBLE] = { "Leaked", "possibly lost", true },
	[VIEW_REACHABLE] = { "Reachable", "reachable at the scan", true },
};

static struct util_text amount(int64_t value, bool bytes)
{
	return bytes ? util_bytes(value) : util_count(value);
}

static struct util_text change_text(int64_t before, int64_t after, bool bytes)
{
	struct util_text plain = amount(util_minus(after, before), bytes), t;

	snprintf(t.text, sizeof(t.text), "%s%.40s", after > before ? "+" : "", plain.text);
	return t;
}

/* "+12.3 %"; of nothing there is no part. */
static struct util_text part_text(int64_t before, int64_t after)
{
	double part = before > 0 ? 100.0 * ((double)after - (double)before) / (double)before : 0;
	struct util_text t;

	if (before <= 0 || after == before)
		snprintf(t.text, sizeof(t.text), "%s", after == before ? "" : "-");
	else if (part >= 100000)
		snprintf(t.text, sizeof(t.text), "x %.0f", (double)after / (double)before);
	else
		snprintf(t.text, sizeof(t.text), "%+.1f %%", part);
	return t;
}

static void put_label(struct painter *p, const char *label)
{
	paint_printf(p, PAINT_DIM, "  %-*s", LABEL_WIDTH - 2, label);
	paint_to(p, LABEL_WIDTH);
}

static void put_recording(struct painter *p, const char *label, const struct view_facts *f)
{
	time_t start_s = (time_t)(f->start_unix_ns / 1000000000);
	struct buf rest = { 0 }, path = { 0 };
	char when[64] = "";
	struct tm local;

	if (start_s && localtime_r(&start_s, &local))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &local);
	buf_printf(&rest, "%s%s%sprocess %u, ", *when ? "of " : "", when, *when ? ", " : "",
		   f->pid);
	if (!strcmp(f->state, "running"))
		buf_printf(&rest, "%s after its start", util_duration(f->duration_us).text);
	else
		buf_printf(&rest, "ran %s", util_duration(f->duration_us).text);
	put_label(p, label);
	buf_puts(&path, f->path);
	paint_fit_path(p, &path, paint_room(p) - 1);
	paint_text(p, PAINT_BOLD, buf_text(&path));
	buf_free(&path);
	paint_text(p, PAINT_PLAIN, ",");
	if (paint_room(p) <= paint_width(buf_text(&rest))) {
		paint_line(p);
		paint_to(p, LABEL_WIDTH);
	} else {
		paint_text(p, PAINT_PLAIN, " ");
	}
	paint_text(p, PAINT_PLAIN, buf_text(&rest));
	paint_line(p);
	buf_free(&rest);
}

static void put_program(struct painter *p, const struct view_facts *f)
{
	struct buf words = { 0 };

	command_words(&words, f);
	put_label(p, "program");
	paint_wrapped(p, PAINT_PLAIN, buf_text(&words), LABEL_WIDTH);
	buf_free(&words);
}

static void put_totals(struct painter *p, const struct view_diff *v)
{
	const struct view_diff_total *t;
	size_t i;

	paint_line(p);
	paint_printf(p, PAINT_DIM, "  %-*s%14s %14s %14s %10s", LABEL_WIDTH - 2, "", "Old", "New",
		     "Change", "%");
	paint_line(p);
	for (i = 0; i < v->total_count; i++) {
		t = &v->totals[i];
		put_label(p, !strcmp(t->name, "rss_peak") ? "resident" : t->name);
		paint_printf(p, PAINT_PLAIN, "%14s %14s ", amount(t->before, t->bytes).text,
			     amount(t->after, t->bytes).text);
		paint_printf(p, t->after > t->before ? PAINT_BOLD : PAINT_PLAIN, "%14s",
			     change_text(t->before, t->after, t->bytes).text);
		paint_printf(p, PAINT_PLAIN, " %10s", part_text(t->before, t->after).text);
		paint_line(p);
	}
}

static void put_notes(struct painter *p, const struct view_diff *v)
{
	size_t i;

	if (v->note_count)
		paint_line(p);
	for (i = 0; i < v->note_count; i++) {
		paint_text(p, PAINT_WARN, "note");
		paint_to(p, 6);
		paint_wrapped(p, PAINT_PLAIN, v->notes[i], 6);
	}
}

static void put_cells(struct painter *p, const struct view_diff_table *t,
		      const struct view_sums *before, const struct view_sums *after,
		      const char *part)
{
	bool bytes = metrics[t->sort].bytes;
	int64_t a = table_value(t->sort, before), b = table_value(t->sort, after);

	paint_printf(p, PAINT_BOLD, "%14s", change_text(a, b, bytes).text);
	paint_printf(p, PAINT_PLAIN, " %9s %12s %12s  ", part ? part : part_text(a, b).text,
		     amount(a, bytes).text, amount(b, bytes).text);
}

/* A stack that was recognised, but not by being the same: what it was. */
static void put_old_stack(struct painter *p, const struct view_diff *v,
			  const struct view_diff_row *row, uint32_t depth, unsigned column)
{
	const struct view_site *s = row->old_site;
	uint32_t i;

	if (!s || !row->new_site || row->match < VIEW_MATCH_RENAMED)
		return;
	paint_to(p, column);
	paint_text(p, PAINT_DIM, row->match == VIEW_MATCH_RENAMED ? "renamed, was:" : "was about:");
	for (i = 0; i < s->shown_count && i < depth; i++)
		paint_printf(p, PAINT_DIM, "%s %s", i ? " <" : "",
			     paint_function(p, &v->before->frames[v->before->stack[s->shown + i]]));
	if (s->shown_count > depth)
		paint_text(p, PAINT_DIM, " < ...");
	paint_line(p);
}

static void put_merged(struct painter *p, const struct view_diff_row *row, unsigned column)
{
	if (row->old_sites < 2 && row->new_sites < 2)
		return;
	paint_to(p, column);
	if (row->old_sites == row->new_sites)
		paint_printf(p, PAINT_DIM, "(%s)", util_counted(row->new_sites, "such site").text);
	else
		paint_printf(p, PAINT_DIM, "(%s became %u)",
			     util_counted(row->old_sites, "such site").text, row->new_sites);
	paint_line(p);
}

static void put_row(struct painter *p, const struct view_diff *v, const struct view_diff_table *t,
		    const struct view_diff_row *row)
{
	const char *part = row->change == VIEW_NEW	  ? "new"
			   : row->change == VIEW_VANISHED ? "gone"
							  : NULL;
	const struct view_row where = {
		.label = row->label,
		.detail = row->detail,
		.site = row->new_site ? row->new_site : row->old_site,
		.lines = row->lines,
		.line_count = row->line_count,
		.sites = row->new_sites ? row->new_sites : row->old_sites,
	};
	unsigned column;

	put_cells(p, t, &row->before, &row->after, part);
	table_where(p);
	column = p->column;
	if (!where.site) {
		if (row->old_label)
			paint_printf(p, PAINT_DIM, "(was %s) ", util_basename(row->old_label));
		table_group(p, v->after, &where);
		return;
	}
	table_stack(p, row->new_site ? v->after : v->before, &where, t->depth);
	put_old_stack(p, v, row, t->depth, column);
	if (row->match != VIEW_MATCH_NONE)
		put_merged(p, row, column);
}

static void put_rest(struct painter *p, const struct view_diff *v, const struct view_diff_table *t)
{
	const char *what = v->by == VIEW_SITE ? "other site" : "other row";

	if (table_value(t->sort, &t->old_others) || table_value(t->sort, &t->new_others)) {
		put_cells(p, t, &t->old_others, &t->new_others, NULL);
		paint_printf(p, PAINT_DIM, "in %s",
			     util_counted((int64_t)t->others_count, what).text);
		if (t->changed_count > t->row_count)
			paint_printf(p, PAINT_DIM, ", %s of them with a change",
				     util_count((int64_t)(t->changed_count - t->row_count)).text);
		paint_line(p);
	}
	if (t->unmatched_count) {
		put_cells(p, t, &t->old_unmatched, &t->new_unmatched, NULL);
		paint_printf(p, PAINT_DIM, "in %s outside the filter",
			     util_counted((int64_t)t->unmatched_count, "site").text);
		paint_line(p);
	}
	put_cells(p, t, &t->old_sum, &t->new_sum, NULL);
	paint_text(p, PAINT_DIM, "in all");
	paint_line(p);
}

static void put_table(struct painter *p, const struct view_diff *v, const struct view_diff_table *t)
{
	static const char *const what[] = {
		[VIEW_SITE] = "Where", [VIEW_FUNCTION] = "Function", [VIEW_LINE] = "Line",
		[VIEW_FILE] = "File",  [VIEW_MODULE] = "Module",     [VIEW_THREAD] = "Thread",
	};
	const struct metric *m = &metrics[t->sort];
	int64_t a = table_value(t->sort, &t->old_sum), b = table_value(t->sort, &t->new_sum);
	struct buf rest = { 0 };
	size_t i;

	if (a == b)
		buf_puts(&rest, "no change in all");
	else
		buf_printf(&rest, "%s %s", change_text(a, b, m->bytes).text, m->words);
	if (t->changed_count)
		buf_printf(&rest, ", in %s",
			   util_counted((int64_t)t->changed_count,
					v->by == VIEW_SITE ? "changed site" : "changed row")
				   .text);
	paint_heading(p, m->title, buf_text(&rest));
	buf_free(&rest);
	if (!t->changed_count && !t->unmatched_count)
		return;
	paint_printf(p, PAINT_DIM, "%14s %9s %12s %12s", "Change", "%", "Old", "New");
	table_where_head(p, what[v->by]);
	for (i = 0; i < t->row_count; i++)
		put_row(p, v, t, &t->rows[i]);
	put_rest(p, v, t);
}

static int begin(struct render_context *c, const struct view_pair *pairs, size_t count)
{
	const struct view_pair *pair;
	size_t i;

	if (count < 2)
		return 0;
	fprintf(c->out, "%s, the largest changes first:\n\n",
		util_counted((int64_t)count, "program").text);
	fprintf(c->out, "  %14s %12s %12s %14s  %s\n", "change of peak", "old", "new", "of live",
		"program");
	for (i = 0; i < count && i < PAIRS_MOST; i++) {
		pair = &pairs[i];
		fprintf(c->out, "  %14s %12s %12s %14s  %s",
			change_text(pair->old_peak_bytes, pair->new_peak_bytes, true).text,
			pair->old_path ? util_bytes(pair->old_peak_bytes).text : "-",
			pair->new_path ? util_bytes(pair->new_peak_bytes).text : "-",
			change_text(pair->old_live_bytes, pair->new_live_bytes, true).text,
			pair->program);
		if (pair->old_path && pair->new_path)
			fprintf(c->out, " (%u, then %u)\n", pair->old_pid, pair->new_pid);
		else
			fprintf(c->out, " (%u, %s only)\n",
				pair->old_path ? pair->old_pid : pair->new_pid,
				pair->old_path ? "old" : "new");
	}
	if (count > PAIRS_MOST)
		fprintf(c->out, "  %14s and %zu others\n", "", count - PAIRS_MOST);
	fputc('\n', c->out);
	return 0;
}

static int diff(struct render_context *c, const struct view_diff *v)
{
	struct painter p = { .out = c->out, .style = c->style, .cwd = v->after->facts.cwd };
	size_t i;

	put_program(&p, &v->after->facts);
	put_recording(&p, "old", &v->before->facts);
	put_recording(&p, "new", &v->after->facts);
	put_totals(&p, v);
	put_notes(&p, v);
	for (i = 0; i < v->table_count; i++)
		put_table(&p, v, &v->tables[i]);
	paint_free(&p);
	return 0;
}

static int end(struct render_context *c)
{
	return 0;
}

const struct render_diff_ops render_diff_text = { "text", begin, diff, end };
