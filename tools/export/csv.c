/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Comma-separated values after RFC 4180: a row a site, the place of a site the first frame that is
 * the user's, the stack innermost first with a newline between frames.
 */
#include <errno.h>
#include <inttypes.h>

#include "export/export.h"
#include "export/name.h"

static const char header[] =
	"site,at_peak_bytes,at_peak_blocks,live_bytes,live_blocks,own_peak_bytes,total_bytes,"
	"calls,temporaries,threads,first_ms,last_ms,cut,definite_bytes,definite_blocks,"
	"indirect_bytes,indirect_blocks,possible_bytes,possible_blocks,reachable_bytes,"
	"reachable_blocks,function,file,line,module,stack\r\n";

static void put_quoted(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '"')
			putc_unlocked('"', out);
		putc_unlocked(*text, out);
	}
}

static void put_text(FILE *out, const char *text, struct buf *scratch)
{
	buf_reset(scratch);
	if (text)
		name_add(scratch, text, "", "");
	fputs_unlocked(",\"", out);
	put_quoted(out, buf_text(scratch));
	putc_unlocked('"', out);
}

static void put_numbers(FILE *out, const struct view_site *site)
{
	const struct view_sums *s = &site->sums;

	fprintf(out, "%" PRIu32 ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64,
		site->id, s->at_peak_bytes, s->at_peak_blocks, s->live_bytes, s->live_blocks,
		s->own_peak_bytes);
	fprintf(out, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu32 ",%" PRIu32 ",%" PRIu32 ",%d",
		s->total_bytes, s->calls, s->temporaries, site->threads, site->first_ms,
		site->last_ms, site->cut);
}

/* Empty without a leak scan. */
static void put_leaks(FILE *out, const struct view *v, const struct view_leaks *leaks)
{
	size_t i;

	for (i = 0; i < VIEW_LEAK_CLASSES; i++) {
		if (v->facts.leaks)
			fprintf(out, ",%" PRId64 ",%" PRId64, leaks->bytes[i], leaks->blocks[i]);
		else
			fputs_unlocked(",,", out);
	}
}

static void put_place(FILE *out, const struct view *v, const struct view_site *site,
		      struct buf *scratch)
{
	static const struct view_frame none;
	const struct view_frame *f = &none;

	if (site->shown_count)
		f = &v->frames[v->stack[site->shown]];
	put_text(out, f->function, scratch);
	put_text(out, f->file, scratch);
	if (f->line)
		fprintf(out, ",%" PRIu32, f->line);
	else
		putc_unlocked(',', out);
	put_text(out, f->module, scratch);
}

static void put_stack(FILE *out, const struct view *v, const struct view_site *site,
		      struct buf *scratch)
{
	uint32_t i;

	fputs_unlocked(",\"", out);
	for (i = 0; i < site->count; i++) {
		buf_reset(scratch);
		if (i)
			buf_puts(scratch, "\n");
		name_frame(scratch, &v->frames[v->stack[site->first + i]], "", "");
		put_quoted(out, buf_text(scratch));
	}
	fputs_unlocked("\"\r\n", out);
}

int export_csv(struct export_context *c, const struct view *v)
{
	struct buf scratch = { 0 };
	bool failed;
	size_t i;

	fputs(header, c->out);
	for (i = 0; i < v->site_count; i++) {
		put_numbers(c->out, &v->sites[i]);
		put_leaks(c->out, v, &v->sites[i].sums.leaks);
		put_place(c->out, v, &v->sites[i], &scratch);
		put_stack(c->out, v, &v->sites[i], &scratch);
		export_progress(c, i, v->site_count);
	}
	failed = scratch.failed;
	buf_free(&scratch);
	return failed ? -ENOMEM : 0;
}
