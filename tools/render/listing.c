/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render/listing.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/util.h"
#include "render/paint.h"

/* So many lines without a value between two with one are shown nonetheless. */
#define GAP_SHOWN 3u
#define MIB	  (1024.0 * 1024.0)

/* The text of a line, without its newline; NULL when the file could not be read. */
static const char *text_of(const struct view *v, const char *file, uint32_t line, size_t *bytes)
{
	const struct view_source *s;
	const char *at;
	size_t i;
	uint32_t n;

	for (i = 0; i < v->source_count; i++) {
		s = &v->sources[i];
		if (line < s->line || line - s->line >= s->count || strcmp(s->file, file))
			continue;
		for (at = s->text, n = s->line; n < line; n++)
			at = strchr(at, '\n') + 1;
		*bytes = strcspn(at, "\n");
		return at;
	}
	return NULL;
}

static bool is_newer(const struct view *v, const char *file)
{
	size_t i;

	for (i = 0; i < v->source_count; i++)
		if (!strcmp(v->sources[i].file, file))
			return v->sources[i].newer;
	return false;
}

static void put_text(struct painter *p, const struct view *v, const char *file, uint32_t line)
{
	size_t bytes = 0, i, column;
	const char *text = text_of(v, file, line, &bytes);
	char plain[512];

	for (i = 0, column = 0; text && i < bytes && column + 9 < sizeof(plain); i++) {
		if (text[i] != '\t') {
			plain[column++] = text[i];
			continue;
		}
		do
			plain[column++] = ' ';
		while (column % 8);
	}
	plain[column] = '\0';
	paint_text(p, PAINT_PLAIN, plain);
}

static void put_bytes(struct painter *p, int64_t bytes)
{
	if (bytes)
		paint_printf(p, PAINT_PLAIN, "%12s", util_bytes(bytes).text);
	else
		paint_printf(p, PAINT_DIM, "%12s", "-");
}

/* What was not freed: a leak where memory was searched, else what is merely live. */
static int64_t left(const struct view *v, const struct view_sums *s)
{
	return v->facts.leaks ? s->leaks.bytes[0] + s->leaks.bytes[1] + s->leaks.bytes[2]
			      : s->live_bytes;
}

static void put_line(struct painter *p, const struct view *v, const struct view_listing *l,
		     uint32_t line, const struct view_sums *sums)
{
	paint_printf(p, sums ? PAINT_PLAIN : PAINT_DIM, "%8" PRIu32, line);
	if (sums) {
		put_bytes(p, sums->at_peak_bytes);
		put_bytes(p, left(v, sums));
		put_bytes(p, (int64_t)sums->total_bytes);
		paint_printf(p, PAINT_PLAIN, "%12s", util_count((int64_t)sums->calls).text);
	}
	paint_to(p, 8 + 4 * 12 + 3);
	put_text(p, v, l->file, line);
	paint_line(p);
}

static void put_file(struct painter *p, const struct view *v, const struct view_listing *l)
{
	struct buf path = { 0 };
	uint32_t next = 0, line;
	size_t i;

	paint_path(p, l->file, &path);
	paint_heading(p, buf_text(&path),
		      is_newer(v, l->file) ? "changed since: lines may be others" : "");
	buf_free(&path);
	paint_printf(p, PAINT_DIM, "%8s%12s%12s%12s%12s   %s", "Line", "At peak",
		     v->facts.leaks ? "Leaked" : "Live", "Total", "Calls", "Source");
	paint_line(p);
	for (i = 0; i < l->line_count; i++) {
		if (next && l->lines[i].line > next + GAP_SHOWN) {
			paint_printf(p, PAINT_DIM, "%8s", "...");
			paint_line(p);
			next = 0;
		}
		for (line = next; next && line < l->lines[i].line; line++)
			put_line(p, v, l, line, NULL);
		put_line(p, v, l, l->lines[i].line, &l->lines[i].sums);
		next = l->lines[i].line + 1;
	}
}

static const struct view_listing_line *find_line(const struct view_listing *l, uint32_t line)
{
	size_t i;

	for (i = 0; i < l->line_count; i++)
		if (l->lines[i].line == line)
			return &l->lines[i];
	return NULL;
}

static bool is_blank(const char *text, size_t bytes)
{
	size_t indent = strspn(text, " \t\f");

	return indent >= bytes || text[indent] == '#';
}

/* The last line of a Python function: the next that is indented no deeper is another's. */
static uint32_t last_line(const struct view *v, const struct view_listing *l, uint32_t first)
{
	uint32_t last = l->lines[l->line_count - 1].line, line;
	size_t bytes = 0, indent = 0;
	const char *text = text_of(v, l->file, first, &bytes);

	if (text)
		indent = strspn(text, " \t");
	for (line = first + 1; l->python && text; line++) {
		text = text_of(v, l->file, line, &bytes);
		if (!text || is_blank(text, bytes))
			continue;
		if (strspn(text, " \t") <= indent && line > last && text[indent] != ')' &&
		    text[indent] != '@')
			break;
		last = line > last ? line : last;
	}
	return last;
}

/* A terminal must not obey what stands in a file. */
static void put_clean(FILE *out, const char *text, size_t bytes)
{
	size_t i;

	for (i = 0; i < bytes; i++)
		putc((unsigned char)text[i] < 0x20 && text[i] != '\t' ? '?' : text[i], out);
	putc('\n', out);
}

/* Widths and words are those of memory_profiler, for whatever reads its output. */
static void put_function(FILE *out, const struct view *v, const struct view_listing *l)
{
	static const char rule[] = "============================================================="
				   "";
	uint32_t first = l->first_line && l->first_line <= l->lines[0].line ? l->first_line
									    : l->lines[0].line;
	uint32_t last = last_line(v, l, first), line;
	double held = 0;

	fprintf(out, "Filename: %s\n\n", l->file);
	fprintf(out, "%6s %12s %12s  %10s   %s\n%s\n", "Line #", "Mem usage", "Increment",
		"Occurrences", "Line Contents", rule);
	for (line = first; line <= last; line++) {
		const struct view_listing_line *at = find_line(l, line);
		size_t bytes = 0;
		const char *text = text_of(v, l->file, line, &bytes);

		if (at) {
			held += (double)at->most_bytes / MIB;
			fprintf(out, "%6" PRIu32 " %8.3f MiB %8.3f MiB  %10" PRIu64 "   ", line,
				held, (double)at->most_bytes / MIB, at->sums.calls);
		} else {
			fprintf(out, "%6" PRIu32 " %12s %12s  %10s   ", line, "", "", "");
		}
		put_clean(out, text, text ? bytes : 0);
	}
	fputs("\n\n", out);
}

static int begin(struct render_context *c)
{
	(void)c;
	return 0;
}

static bool has_text(const struct view *v, const struct view_listing *l)
{
	size_t bytes;

	return text_of(v, l->file, l->lines[0].line, &bytes);
}

static void put_rest(struct painter *p, int64_t bytes, size_t files)
{
	if (!files)
		return;
	paint_line(p);
	paint_printf(p, PAINT_DIM, "  %s at the peak in lines of %s more", util_bytes(bytes).text,
		     util_counted((int64_t)files, "file").text);
	paint_line(p);
}

static int view(struct render_context *c, const struct view *v)
{
	struct painter p = { .out = c->out, .style = c->style, .cwd = v->facts.cwd };
	const struct view_listing *l;
	int64_t rest_bytes = 0;
	size_t rest = 0, i;
	int err;

	for (i = 0; i < v->listing_count; i++) {
		l = &v->listings[i];
		if (v->listing_function) {
			put_function(c->out, v, l);
		} else if (has_text(v, l)) {
			put_file(&p, v, l);
		} else {
			rest++;
			rest_bytes += l->sums.at_peak_bytes;
		}
	}
	put_rest(&p, rest_bytes, rest);
	err = p.line.failed || p.scratch.failed || p.place.failed ? -ENOMEM : 0;
	paint_free(&p);
	return err;
}

static int end(struct render_context *c)
{
	(void)c;
	return 0;
}

const struct render_ops render_listing = { "text", begin, view, end };
