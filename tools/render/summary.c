/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lines that "tidemark run" prints when the program has ended. */
#include "render/summary.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/brief.h"
#include "base/buf.h"
#include "base/util.h"

#define SITES_SHOWN 3
#define LABEL "  %-16s "

static void print_peak(FILE *out, const struct view_facts *f)
{
	fprintf(out, LABEL "%s after %s", "peak", util_bytes(f->peak_bytes).text,
		util_duration(f->peak_us).text);
	if (f->peak_error_bytes)
		fprintf(out, ", to within %s", util_bytes(f->peak_error_bytes).text);
	fputc('\n', out);
	fprintf(out, LABEL "%s in %s blocks\n", "live at the end",
		util_bytes(f->sum.live_bytes).text, util_count(f->sum.live_blocks).text);
}

static void print_traffic(FILE *out, const struct view_facts *f)
{
	fprintf(out, LABEL "%s of %s in all, %s temporary\n", "allocations",
		util_count((int64_t)f->sum.calls).text, util_bytes((int64_t)f->sum.total_bytes).text,
		util_percent((double)f->sum.temporaries, (double)f->sum.calls).text);
	if (f->rss_peak_bytes)
		fprintf(out, LABEL "%s at most; the heap's peak is %s of it\n", "RSS",
			util_bytes((int64_t)f->rss_peak_bytes).text,
			util_percent((double)f->peak_bytes, (double)f->rss_peak_bytes).text);
}

/* The frame that concerns the user most: the first that is not hidden. */
static const struct view_frame *first_frame(const struct view *v, const struct view_site *site)
{
	if (!site || !site->count)
		return NULL;
	return &v->frames[v->stack[site->shown_count ? site->shown : site->first]];
}

static void print_site(FILE *out, const struct view *v, const struct view_row *row, int64_t bytes,
		       int64_t whole, const char *label)
{
	const struct view_frame *frame = first_frame(v, row->site);
	struct buf name = { 0 };

	fprintf(out, LABEL "%10s %7s  ", label, util_bytes(bytes).text,
		util_percent((double)bytes, (double)whole).text);
	if (frame && frame->function)
		fprintf(out, "%s", brief_name(frame->function, &name));
	else if (frame)
		fprintf(out, "0x%" PRIx64, frame->offset ? frame->offset : frame->pc);
	else
		fputs("(no stack)", out);
	if (frame && frame->file)
		fprintf(out, "  %s:%" PRIu32, util_basename(frame->file), frame->line);
	else if (frame && frame->module)
		fprintf(out, "  %s", util_basename(frame->module));
	fputc('\n', out);
	buf_free(&name);
}

static int64_t bytes_of(const struct view_sums *sums, enum view_sort sort)
{
	return sort == VIEW_PEAK ? sums->at_peak_bytes : sums->live_bytes;
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
				print_site(out, v, &table->rows[i], bytes, bytes_of(all, sort),
					   i ? "" : label);
		}
	}
}

static int summarize(struct render_context *c, const struct view *v)
{
	for (size_t i = 0; i < v->warning_count; i++)
		fprintf(c->out, LABEL "%s\n", i ? "" : "note", v->warnings[i]);
	print_peak(c->out, &v->facts);
	print_traffic(c->out, &v->facts);
	print_sites(c->out, v, VIEW_PEAK, "held the peak");
	print_sites(c->out, v, VIEW_LIVE, "held at the end");
	return 0;
}

static int nothing(struct render_context *c)
{
	(void)c;
	return 0;
}

const struct render_ops render_summary = { "summary", nothing, summarize, nothing };
