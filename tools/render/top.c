/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render/top.h"

#include <string.h>

#include "base/util.h"
#include "render/command.h"
#include "render/paint.h"

/* Callers named on one line; the terminal's width mostly ends them before. */
#define CALLERS_MOST 12

static struct util_text change_text(int64_t bytes)
{
	struct util_text plain = util_bytes(bytes), t;

	snprintf(t.text, sizeof(t.text), "%s%.40s", bytes > 0 ? "+" : "", plain.text);
	return t;
}

static uint64_t per_second(uint64_t count, uint64_t us)
{
	return us ? (uint64_t)((double)count * 1e6 / (double)us + 0.5) : 0;
}

static void put_label(struct painter *p, const char *label)
{
	paint_printf(p, PAINT_DIM, "%-9s", label);
}

static void put_program(struct painter *p, const struct view_facts *f)
{
	struct buf words = { 0 };

	put_label(p, "program");
	command_words(&words, f);
	paint_text(p, PAINT_BOLD, buf_text(&words));
	buf_free(&words);
	paint_line(p);
	put_label(p, "process");
	paint_printf(p, PAINT_PLAIN, "%u, %s, %s, %s", f->pid, util_duration(f->duration_us).text,
		     f->alive == VIEW_ALIVE ? "running" : "not running",
		     util_counted(f->threads_most, "thread").text);
	paint_text(p, PAINT_PLAIN,
		   f->threads_most > 1 ? " at most that allocate" : " that allocates");
	paint_line(p);
}

static void put_sums(struct painter *p, const struct view_top *v)
{
	const struct view_facts *f = &v->view->facts;

	put_label(p, "heap");
	paint_printf(p, PAINT_BOLD, "%s", util_bytes(f->sum.live_bytes).text);
	paint_printf(p, PAINT_PLAIN, " live in %s", util_counted(f->sum.live_blocks, "block").text);
	if (v->has_before)
		paint_printf(p, PAINT_PLAIN, ", %s", change_text(v->change_bytes).text);
	paint_printf(p, PAINT_PLAIN, "; peak %s at %s", util_bytes(f->peak_bytes).text,
		     util_duration(f->peak_us).text);
	paint_line(p);
	put_label(p, "calls");
	paint_printf(p, PAINT_PLAIN, "%s", util_count((int64_t)f->sum.calls).text);
	if (v->has_before)
		paint_printf(p, PAINT_PLAIN, ", %s a second",
			     util_count((int64_t)per_second(v->more_calls, v->between_us)).text);
	paint_printf(p, PAINT_PLAIN, "; %s temporary",
		     util_percent((double)f->sum.temporaries, (double)f->sum.calls).text);
	paint_line(p);
	put_label(p, "memory");
	paint_printf(p, PAINT_PLAIN, "%s resident",
		     v->rss_bytes ? util_bytes((int64_t)v->rss_bytes).text : "-");
	if (f->rss_peak_bytes)
		paint_printf(p, PAINT_PLAIN, ", %s at most",
			     util_bytes((int64_t)f->rss_peak_bytes).text);
	paint_line(p);
	paint_line(p);
}

static bool is_same(const struct view_frame *a, const struct view_frame *b)
{
	return a->function && b->function && !strcmp(a->function, b->function);
}

static void put_where(struct painter *p, const struct view *v, const struct view_site *s)
{
	const struct view_frame *frame, *last = NULL;
	uint32_t i, shown = 0;

	if (!s->shown_count)
		paint_text(p, PAINT_DIM, "(no stack)");
	for (i = 0; i < s->shown_count && shown < CALLERS_MOST; i++) {
		frame = &v->frames[v->stack[s->shown + i]];
		if (last && is_same(frame, last))
			continue;
		paint_text(p, PAINT_DIM, last ? " < " : "");
		paint_text(p, last ? PAINT_PLAIN : PAINT_BOLD, paint_function(p, frame));
		if (!last && frame->file && frame->line)
			paint_printf(p, PAINT_DIM, " %s:%u", util_basename(frame->file),
				     frame->line);
		last = frame;
		shown++;
	}
	paint_line(p);
}

static void put_row(struct painter *p, const struct view_top *v, const struct view_top_row *row)
{
	const struct view_sums *s = &row->site->sums;

	paint_printf(p, PAINT_BOLD, "%12s", util_bytes(s->live_bytes).text);
	if (v->has_before)
		paint_printf(p, PAINT_PLAIN, " %12s %12s %10s  ",
			     row->change_bytes ? change_text(row->change_bytes).text : "",
			     util_count(s->live_blocks).text,
			     util_count((int64_t)per_second(row->more_calls, v->between_us)).text);
	else
		paint_printf(p, PAINT_PLAIN, " %12s %12s %10s  ", "-",
			     util_count(s->live_blocks).text, "-");
	put_where(p, v->view, row->site);
}

void render_top(struct render_context *c, const struct view_top *v)
{
	struct painter p = { .out = c->out, .style = c->style, .cwd = v->view->facts.cwd };
	size_t i;

	put_program(&p, &v->view->facts);
	put_sums(&p, v);
	paint_printf(&p, PAINT_DIM, "%12s %12s %12s %10s  Where", "Live", "Change", "Blocks",
		     "Calls/s");
	paint_line(&p);
	for (i = 0; i < v->row_count; i++)
		put_row(&p, v, &v->rows[i]);
	if (v->has_keys) {
		paint_printf(&p, PAINT_DIM, "by %s; l: by live bytes, g: by growth, q: quit",
			     v->sort);
		paint_line(&p);
	}
	paint_free(&p);
}
