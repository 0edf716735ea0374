/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lines that "tidemark run" prints when the program has ended. */
#include "render/summary.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/brief.h"
#include "base/buf.h"
#include "base/util.h"

#define SITES_SHOWN  3
#define CALLERS_MOST 4
#define LABEL	     "  %-16s "

static void print_peak(FILE *out, const struct view_facts *f)
{
	fprintf(out, LABEL "%s", "peak", util_bytes(f->peak_bytes).text);
	if (f->peak_us)
		fprintf(out, " after %s", util_duration(f->peak_us).text);
	if (f->peak_error_bytes)
		fprintf(out, ", to within %s", util_bytes(f->peak_error_bytes).text);
	fputc('\n', out);
	fprintf(out, LABEL "%s in %s\n", "live at the end", util_bytes(f->sum.live_bytes).text,
		util_counted(f->sum.live_blocks, "block").text);
}

static void print_traffic(FILE *out, const struct view_facts *f)
{
	fprintf(out, LABEL "%s of %s in all, %s temporary\n", "allocations",
		util_count((int64_t)f->sum.calls).text,
		util_bytes((int64_t)f->sum.total_bytes).text,
		util_percent((double)f->sum.temporaries, (double)f->sum.calls).text);
	if (f->rss_peak_bytes)
		fprintf(out, LABEL "%s at most; the heap's peak is %s of it\n", "RSS",
			util_bytes((int64_t)f->rss_peak_bytes).text,
			util_percent((double)f->peak_bytes, (double)f->rss_peak_bytes).text);
}

static void print_leaks(FILE *out, const struct view_facts *f)
{
	static const char *const names[] = { "definite", "indirect", "possible" };
	const struct view_leaks *l = f->leaks;
	size_t i, said = 0;

	if (!l) {
		fprintf(out, LABEL "not looked for: %s\n", "leaks", f->scan.why);
		return;
	}
	fprintf(out, LABEL, "leaks");
	if (f->scan.on_demand)
		fprintf(out, "at %s (on demand): ", util_duration(f->scan.us).text);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!l->blocks[i])
			continue;
		if (said)
			fputs(", ", out);
		fprintf(out, "%s %s in %s", util_bytes(l->bytes[i]).text, names[i],
			util_counted(l->blocks[i], "block").text);
		said++;
	}
	if (!said)
		fprintf(out, "none; all that %s still pointed to",
			f->scan.on_demand ? "lived then was" : "lives is");
	fputc('\n', out);
}

/* The @nth of the frames that concern the user, innermost first; NULL when there are fewer. */
static const struct view_frame *frame_at(const struct view *v, const struct view_site *site,
					 uint32_t nth)
{
	uint32_t first = site && site->shown_count ? site->shown : site ? site->first : 0;
	uint32_t count = site && site->shown_count ? site->shown_count : site ? site->count : 0;

	return nth < count ? &v->frames[v->stack[first + nth]] : NULL;
}

static void add_name(struct buf *out, const struct view_frame *frame)
{
	struct buf name = { 0 };

	if (frame->function)
		buf_puts(out, brief_name(frame->function, &name));
	else
		buf_printf(out, "%s+0x%" PRIx64, frame->module ? util_basename(frame->module) : "",
			   frame->module ? frame->offset : frame->pc);
	buf_free(&name);
}

/* "parse_line < parse_file  parser.c:41": the allocating function, its callers, the place. */
static void add_place(struct buf *out, const struct view *v, const struct view_site *site,
		      uint32_t callers)
{
	const struct view_frame *frame = frame_at(v, site, 0), *caller;

	buf_reset(out);
	if (!frame) {
		buf_puts(out, "(no stack)");
		return;
	}
	add_name(out, frame);
	for (uint32_t i = 1; i <= callers; i++) {
		caller = frame_at(v, site, i);
		if (!caller)
			break;
		buf_puts(out, " < ");
		add_name(out, caller);
	}
	if (frame->file)
		buf_printf(out, "  %s:%" PRIu32, util_basename(frame->file), frame->line);
	else if (frame->module && frame->function)
		buf_printf(out, "  %s", util_basename(frame->module));
}

/* Whether another row has this place. */
static bool was_said(const struct view *v, const struct view_table *table, size_t nth,
		     const char *place, uint32_t callers)
{
	struct buf other = { 0 };
	bool was = false;

	for (size_t i = 0; i < SITES_SHOWN && i < table->row_count && !was; i++) {
		if (i == nth)
			continue;
		add_place(&other, v, table->rows[i].site, callers);
		was = !strcmp(buf_text(&other), place);
	}
	buf_free(&other);
	return was;
}

/* With so many callers as tell it from the other rows. */
static void print_place(FILE *out, const struct view *v, const struct view_table *table, size_t nth)
{
	struct buf place = { 0 };
	uint32_t callers = 1;

	do
		add_place(&place, v, table->rows[nth].site, callers);
	while (was_said(v, table, nth, buf_text(&place), callers) && callers++ < CALLERS_MOST);
	fputs(buf_text(&place), out);
	buf_free(&place);
}

static void print_site(FILE *out, const struct view *v, const struct view_table *table, size_t nth,
		       int64_t bytes, int64_t whole, const char *label)
{
	const struct view_row *row = &table->rows[nth];

	fprintf(out, LABEL "%10s %7s  ", label, util_bytes(bytes).text,
		util_percent((double)bytes, (double)whole).text);
	print_place(out, v, table, nth);
	if (row->alike > 1)
		fprintf(out, "  (%s stacks)", util_count(row->alike).text);
	fputc('\n', out);
}

static int64_t bytes_of(const struct view_sums *sums, enum view_sort sort)
{
	switch (sort) {
	case VIEW_PEAK:
		return sums->at_peak_bytes;
	case VIEW_DEFINITE:
	case VIEW_POSSIBLE:
		return sums->leaks.bytes[sort - VIEW_DEFINITE];
	default:
		return sums->live_bytes;
	}
}

static void print_sites(FILE *out, const struct view *v, enum view_sort sort, const char *label)
{
	const struct view_sums *all = &v->facts.sum;

	for (size_t t = 0; t < v->table_count; t++) {
		const struct view_table *table = &v->tables[t];

		if (table->sort != sort)
			continue;
		for (size_t i = 0; i < table->row_count && i < SITES_SHOWN; i++) {
			int64_t bytes = bytes_of(&table->rows[i].sums, sort);

			if (bytes > 0)
				print_site(out, v, table, i, bytes, bytes_of(all, sort),
					   i ? "" : label);
		}
	}
}

static int summarize(struct render_context *c, const struct view *v)
{
	for (size_t i = 0; i < v->warning_count; i++)
		fprintf(c->out, LABEL "%s\n", i ? "" : "note", v->warnings[i]);
	print_peak(c->out, &v->facts);
	print_leaks(c->out, &v->facts);
	print_traffic(c->out, &v->facts);
	print_sites(c->out, v, VIEW_PEAK, "held the peak");
	print_sites(c->out, v, VIEW_LIVE, "held at the end");
	print_sites(c->out, v, VIEW_DEFINITE, "leaked");
	if (v->facts.leaks && !v->facts.leaks->blocks[0])
		print_sites(c->out, v, VIEW_POSSIBLE, "perhaps leaked");
	return 0;
}

static int nothing(struct render_context *c)
{
	(void)c;
	return 0;
}

const struct render_ops render_summary = { "summary", nothing, summarize, nothing };
