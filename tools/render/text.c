/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/util.h"
#include "render/advice.h"
#include "render/chart.h"
#include "render/command.h"
#include "render/mappings.h"
#include "render/moment.h"
#include "render/paint.h"
#include "render/table.h"
#include "render/tree.h"

#define LABEL_WIDTH 13

static void put_label(struct painter *p, const char *label)
{
	paint_printf(p, PAINT_DIM, "  %-*s", LABEL_WIDTH - 2, label);
	paint_to(p, LABEL_WIDTH);
}

static void put_program(struct painter *p, const struct view_facts *f)
{
	struct buf words = { 0 };

	put_label(p, "program");
	command_words(&words, f);
	if (words.bytes > 400) {
		words.bytes = 397;
		buf_puts(&words, "...");
	}
	paint_wrapped(p, PAINT_BOLD, buf_text(&words), LABEL_WIDTH);
	buf_free(&words);
}

static void add_end(struct buf *b, const struct view_facts *f)
{
	if (!strcmp(f->state, "exited"))
		buf_printf(b, "exited with status %d", f->status);
	else if (!strcmp(f->state, "execed"))
		buf_puts(b, "went on as another program (exec)");
	else if (!strcmp(f->state, "died") && f->status > 0)
		buf_printf(b, "died of signal %d (%s)", f->status, strsignal(f->status));
	else if (!strcmp(f->state, "died"))
		buf_puts(b, "died of a signal");
	else if (f->alive == VIEW_ALIVE)
		buf_puts(b, "still running");
	else if (f->alive == VIEW_COPIED)
		buf_puts(b, "running when this was copied");
	else if (f->alive == VIEW_GONE)
		buf_puts(b, "ended without a word (killed)");
	else
		buf_puts(b, "running, or ended without a word");
}

static void put_process(struct painter *p, const struct view_facts *f)
{
	struct buf words = { 0 };

	put_label(p, "process");
	buf_printf(&words, "%u", f->pid);
	if (f->forked_from)
		buf_printf(&words, ", forked from %u", f->forked_from);
	buf_puts(&words, ", ");
	add_end(&words, f);
	if (f->threads_most > 1)
		buf_printf(&words, ", up to %u threads that allocate", f->threads_most);
	else if (f->peak_error_bytes > 0)
		buf_puts(&words, ", one thread that allocates");
	else
		buf_puts(&words, ", one thread");
	paint_wrapped(p, PAINT_PLAIN, buf_text(&words), LABEL_WIDTH);
	buf_free(&words);
}

static void put_python(struct painter *p, const struct view_python *python)
{
	if (!python->version)
		return;
	put_label(p, "Python");
	paint_printf(p, PAINT_PLAIN, "%s; %s", python->version, python->words);
	paint_line(p);
}

static void put_when(struct painter *p, const struct view_facts *f)
{
	time_t start_s = (time_t)(f->start_unix_ns / 1000000000);
	char text[64] = "";
	struct tm local;

	if (start_s && localtime_r(&start_s, &local))
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S, ", &local);
	put_label(p, "when");
	paint_printf(p, PAINT_PLAIN, "%sran %s", text, util_duration(f->duration_us).text);
	if (*f->host)
		paint_printf(p, PAINT_PLAIN, " on %s", f->host);
	paint_line(p);
}

static void put_peak(struct painter *p, const struct view_facts *f)
{
	put_label(p, "peak");
	paint_text(p, PAINT_BOLD, util_bytes(f->peak_bytes).text);
	paint_printf(p, PAINT_PLAIN, " at %s, in %s", util_duration(f->peak_us).text,
		     util_counted(f->sum.at_peak_blocks, "block").text);
	if (f->peak_error_bytes > 0)
		paint_printf(p, PAINT_PLAIN, " (off by %s at most: several threads)",
			     util_bytes(f->peak_error_bytes).text);
	paint_line(p);
}

static void put_live(struct painter *p, const struct view_facts *f)
{
	put_label(p, f->alive == VIEW_ALIVE    ? "live now"
		     : f->alive == VIEW_COPIED ? "live then"
					       : "at the end");
	paint_text(p, PAINT_BOLD, util_bytes(f->sum.live_bytes).text);
	paint_printf(p, PAINT_PLAIN, " live in %s", util_counted(f->sum.live_blocks, "block").text);
	if (f->inherited_blocks)
		paint_printf(p, PAINT_PLAIN, "; %s were there at the fork",
			     util_bytes((int64_t)f->inherited_bytes).text);
	paint_line(p);
}

/* "1.2 KiB definite in 3 blocks, 80 B indirect in 1 block"; what is 0 is left out. */
static void add_leaks(struct buf *b, const struct view_leaks *l)
{
	static const char *const names[] = { "definite", "indirect", "possible" };
	size_t i, said = 0;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (l->blocks[i])
			buf_printf(b, "%s%s %s in %s", said++ ? ", " : "",
				   util_bytes(l->bytes[i]).text, names[i],
				   util_counted(l->blocks[i], "block").text);
	if (!said)
		buf_puts(b, "none");
	if (l->blocks[3])
		buf_printf(b, "%s %s reachable", said ? ";" : ": the",
			   util_bytes(l->bytes[3]).text);
}

static void put_leaks(struct painter *p, const struct view_facts *f)
{
	struct buf words = { 0 };

	put_label(p, "leaks");
	if (f->leaks && f->scan.on_demand)
		buf_printf(&words, "at %s (on demand): ", util_duration(f->scan.us).text);
	if (f->leaks)
		add_leaks(&words, f->leaks);
	else
		buf_printf(&words, "not looked for: %s", f->scan.why);
	paint_wrapped(p, f->leaks && f->leaks->blocks[0] ? PAINT_BOLD : PAINT_PLAIN,
		      buf_text(&words), LABEL_WIDTH);
	buf_free(&words);
}

static void put_churn(struct painter *p, const struct view_facts *f)
{
	put_label(p, "allocated");
	paint_printf(p, PAINT_PLAIN, "%s in %s", util_bytes((int64_t)f->sum.total_bytes).text,
		     util_counted((int64_t)f->sum.calls, "call").text);
	if (f->sum.temporaries)
		paint_printf(p, PAINT_PLAIN, ", %s of them temporary (%s)",
			     util_count((int64_t)f->sum.temporaries).text,
			     util_percent((double)f->sum.temporaries, (double)f->sum.calls).text);
	paint_line(p);
}

static void put_memory(struct painter *p, const struct view_facts *f)
{
	if (!f->rss_peak_bytes)
		return;
	put_label(p, "memory");
	paint_printf(p, PAINT_PLAIN, "%s resident at most",
		     util_bytes((int64_t)f->rss_peak_bytes).text);
	if (f->peak_bytes > 0 && (uint64_t)f->peak_bytes > f->rss_peak_bytes)
		paint_text(p, PAINT_PLAIN, "; not all of the heap was ever touched");
	else if (f->peak_bytes > 0)
		paint_printf(p, PAINT_PLAIN, "; the heap's peak is %s of that",
			     util_percent((double)f->peak_bytes, (double)f->rss_peak_bytes).text);
	paint_line(p);
}

static void put_facts(struct painter *p, const struct view *v)
{
	const struct view_facts *f = &v->facts;

	put_program(p, f);
	put_process(p, f);
	put_python(p, &f->python);
	put_when(p, f);
	put_peak(p, f);
	put_live(p, f);
	put_leaks(p, f);
	put_churn(p, f);
	put_memory(p, f);
	if (v->account) {
		put_label(p, "");
		moment_account(p, v->account, LABEL_WIDTH);
	}
	put_label(p, "recording");
	paint_printf(p, PAINT_PLAIN, "%s, %s", f->path,
		     util_counted((int64_t)f->site_count, "site").text);
	paint_line(p);
}

static void put_warnings(struct painter *p, const struct view *v)
{
	size_t i;

	if (!v->warning_count)
		return;
	paint_line(p);
	for (i = 0; i < v->warning_count; i++) {
		paint_text(p, PAINT_WARN, "note");
		paint_to(p, 6);
		paint_wrapped(p, PAINT_PLAIN, v->warnings[i], 6);
	}
}

static void put_leak_heading(struct painter *p, const struct view_facts *f, enum view_sort sort)
{
	static const struct {
		const char *title;
		const char *words;
	} heads[] = {
		{ "Leaks: definite", "nothing points to them any more" },
		{ "Leaks: indirect", "only lost blocks point to them" },
		{ "Leaks: possible", "only pointers into the middle of a block lead to them" },
		{ "Reachable", "still pointed to, and not freed; no leaks" },
	};
	struct buf rest = { 0 };
	size_t i;

	if (sort == VIEW_LEAKED) {
		add_leaks(&rest, &f->sum.leaks);
		paint_heading(p, "Leaks", buf_text(&rest));
	} else {
		i = (size_t)(sort - VIEW_DEFINITE);
		buf_printf(&rest, "%s in %s", util_bytes(f->sum.leaks.bytes[i]).text,
			   util_counted(f->sum.leaks.blocks[i], "block").text);
		if (f->scan.on_demand)
			buf_printf(&rest, " at %s", util_duration(f->scan.us).text);
		buf_printf(&rest, "; %s", heads[i].words);
		paint_heading(p, heads[i].title, buf_text(&rest));
	}
	buf_free(&rest);
}

static void put_heading(struct painter *p, const struct view *v, enum view_sort sort)
{
	const struct view_facts *f = &v->facts;
	struct buf rest = { 0 };

	switch (sort) {
	case VIEW_PEAK:
		buf_printf(&rest, "who held the %s at %s", util_bytes(f->sum.at_peak_bytes).text,
			   util_duration(f->peak_us).text);
		paint_heading(p, "Peak", buf_text(&rest));
		break;
	case VIEW_LIVE:
		buf_printf(&rest, "%s not freed, in %s; not all of it need be a leak",
			   util_bytes(f->sum.live_bytes).text,
			   util_counted(f->sum.live_blocks, "block").text);
		paint_heading(p,
			      f->alive == VIEW_ALIVE	? "Live now"
			      : f->alive == VIEW_COPIED ? "Live then"
							: "Live at the end",
			      buf_text(&rest));
		break;
	case VIEW_TEMPORARY:
	case VIEW_CALLS:
		buf_printf(&rest, "%s, %s of them freed before the next allocation",
			   util_counted((int64_t)f->sum.calls, "call").text,
			   util_count((int64_t)f->sum.temporaries).text);
		paint_heading(p, "Churn", buf_text(&rest));
		break;
	case VIEW_TOTAL:
		buf_printf(&rest, "%s in %s", util_bytes((int64_t)f->sum.total_bytes).text,
			   util_counted((int64_t)f->sum.calls, "call").text);
		paint_heading(p, "Allocated", buf_text(&rest));
		break;
	case VIEW_OWN_PEAK:
		paint_heading(p, "Own peaks",
			      "the most each held at any one time; they need not "
			      "coincide");
		break;
	default:
		put_leak_heading(p, f, sort);
		break;
	}
	buf_free(&rest);
}

static void put_tree(struct painter *p, const struct view *v)
{
	static const char *const names[] = {
		[VIEW_PEAK] = "bytes at the peak",
		[VIEW_LIVE] = "bytes live at the end",
		[VIEW_TOTAL] = "bytes allocated",
		[VIEW_CALLS] = "calls",
		[VIEW_TEMPORARY] = "temporary allocations",
		[VIEW_OWN_PEAK] = "own peak",
		[VIEW_LEAKED] = "bytes leaked",
		[VIEW_DEFINITE] = "bytes definitely lost",
		[VIEW_INDIRECT] = "bytes indirectly lost",
		[VIEW_POSSIBLE] = "bytes possibly lost",
		[VIEW_REACHABLE] = "bytes reachable",
	};

	if (v->shape == VIEW_TOP_DOWN)
		paint_heading(p, "Top-down tree", names[v->tree_sort]);
	else
		paint_heading(p, "Bottom-up tree", names[v->tree_sort]);
	tree_draw(p, v);
}

static int put_tables(struct painter *p, const struct view *v)
{
	struct table_seen seen = { .ids = 1 };
	size_t i;

	for (i = 0; i < v->site_count; i++)
		if (v->sites[i].id >= seen.ids)
			seen.ids = (size_t)v->sites[i].id + 1;
	seen.bits = calloc(seen.ids / 8 + 1, 1);
	if (!seen.bits)
		return -ENOMEM;
	for (i = 0; i < v->table_count; i++) {
		if (!v->tables[i].row_count && !v->tables[i].unmatched_count)
			continue;
		if (v->tables[i].sort >= VIEW_LEAKED && !table_total(&v->tables[i]))
			continue;
		put_heading(p, v, v->tables[i].sort);
		table_draw(p, v, &v->tables[i], &seen);
	}
	free(seen.bits);
	return 0;
}

static void put_timeline(struct painter *p, const struct view *v)
{
	if (v->point_count < 2)
		return;
	paint_heading(p, "Timeline", "live bytes");
	chart_draw(p, v);
}

static int begin(struct render_context *c)
{
	(void)c;
	return 0;
}

static int view(struct render_context *c, const struct view *v)
{
	struct painter p = { .out = c->out, .style = c->style, .cwd = v->facts.cwd };
	int err = 0;

	if (c->done++)
		paint_line(&p);
	put_facts(&p, v);
	put_warnings(&p, v);
	moment_draw(&p, v);
	if (v->shape == VIEW_TABLES)
		err = put_tables(&p, v);
	else
		put_tree(&p, v);
	if (v->shape == VIEW_TABLES)
		mappings_draw(&p, v);
	moment_marks(&p, v);
	put_timeline(&p, v);
	advice_draw(&p, v);
	if (p.line.failed || p.scratch.failed || p.place.failed)
		err = -ENOMEM;
	paint_free(&p);
	return err;
}

static int end(struct render_context *c)
{
	(void)c;
	return 0;
}

const struct render_ops render_text = { "text", begin, view, end };
