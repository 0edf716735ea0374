/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render/moment.h"

#include <inttypes.h>
#include <string.h>

#include "base/util.h"

#define PARTS_SHOWN 12
#define MARKS_SHOWN 40

/* The @nth of the frames that concern the user, innermost first. */
static const struct view_frame *frame_at(const struct view *v, const struct view_site *s,
					 uint32_t nth)
{
	uint32_t first, count;

	if (!s)
		return NULL;
	first = s->shown_count ? s->shown : s->first;
	count = s->shown_count ? s->shown_count : s->count;
	return nth < count ? &v->frames[v->stack[first + nth]] : NULL;
}

void moment_place(struct painter *p, const struct view *v, const struct view_site *s)
{
	const struct view_frame *frame = frame_at(v, s, 0), *caller = frame_at(v, s, 1);

	if (!frame) {
		paint_text(p, PAINT_DIM, s ? "(no stack)" : "(outside the filter)");
		return;
	}
	paint_text(p, PAINT_BOLD, paint_function(p, frame));
	if (caller) {
		paint_text(p, PAINT_DIM, " < ");
		paint_text(p, PAINT_PLAIN, paint_function(p, caller));
	}
	p->build_id = frame->build_id;
	paint_printf(p, PAINT_DIM, "  %s", paint_place(p, frame));
}

/* Of what has shrunk, a part that has shrunk is a part as well. */
static struct util_text share_of(int64_t part, int64_t whole)
{
	return whole < 0 ? util_percent(-(double)part, -(double)whole)
			 : util_percent((double)part, (double)whole);
}

static void draw_part(struct painter *p, const struct view *v, const struct view_part *part,
		      int64_t whole)
{
	char id[16];

	snprintf(id, sizeof(id), "#%" PRIu32, part->id);
	paint_printf(p, PAINT_DIM, "%8s", id);
	paint_printf(p, PAINT_PLAIN, " %12s %8s  ", util_bytes(part->bytes).text,
		     share_of(part->bytes, whole).text);
	moment_place(p, v, part->site);
	paint_line(p);
}

void moment_draw(struct painter *p, const struct view *v)
{
	const struct view_moment *m = v->moment;
	struct buf rest = { 0 };
	int64_t left, whole;
	size_t i;

	if (!m)
		return;
	whole = m->live_bytes - (m->since ? m->since->live_bytes : 0);
	left = whole;
	if (m->since)
		buf_printf(&rest, "what has %s by %s since %s%s%s", whole < 0 ? "shrunk" : "grown",
			   util_bytes(whole < 0 ? -whole : whole).text,
			   util_duration(m->since->us).text, m->since->text ? ": " : "",
			   m->since->text ? m->since->text : "");
	else
		buf_printf(&rest, "who held the %s%s%s", util_bytes(m->live_bytes).text,
			   m->text ? " at: " : "", m->text ? m->text : "");
	paint_printf(p, PAINT_PLAIN, "%s", "");
	paint_line(p);
	paint_printf(p, PAINT_BOLD, "At %s", util_duration(m->us).text);
	paint_printf(p, PAINT_PLAIN, "  %s", buf_text(&rest));
	paint_line(p);
	for (i = 0; i < m->part_count && i < PARTS_SHOWN; i++) {
		draw_part(p, v, &m->parts[i], whole);
		left -= m->parts[i].bytes;
	}
	paint_printf(p, PAINT_PLAIN, "%8s %12s %8s  ", "", util_bytes(left).text,
		     share_of(left, whole).text);
	paint_text(p, PAINT_DIM, "in other sites");
	paint_line(p);
	buf_free(&rest);
}

void moment_marks(struct painter *p, const struct view *v)
{
	const struct view_mark *m;
	size_t i;

	if (!v->mark_count)
		return;
	paint_heading(p, "Marks", "moments that were given a name; --at NAME tells who held then");
	paint_printf(p, PAINT_DIM, "%12s %12s %12s %12s  %s", "When", "Live", "Peak so far", "RSS",
		     "Mark");
	paint_line(p);
	for (i = 0; i < v->mark_count && i < MARKS_SHOWN; i++) {
		m = &v->marks[i];
		paint_printf(p, PAINT_PLAIN, "%12s %12s %12s %12s  ", util_duration(m->us).text,
			     util_bytes(m->live_bytes).text, util_bytes(m->peak_bytes).text,
			     m->rss_bytes ? util_bytes((int64_t)m->rss_bytes).text : "-");
		paint_text(p, PAINT_BOLD, m->text);
		paint_text(p, PAINT_DIM, m->outside ? "  (from outside)" : "");
		paint_line(p);
	}
	if (i < v->mark_count || v->marks_dropped) {
		paint_printf(p, PAINT_DIM, "%12s and %zu more", "",
			     v->mark_count - i + v->marks_dropped);
		paint_line(p);
	}
}

static void add(struct buf *b, uint64_t bytes, const char *what)
{
	if (bytes)
		buf_printf(b, "%s%s %s", b->bytes ? ", " : "", util_bytes((int64_t)bytes).text,
			   what);
}

void moment_account(struct painter *p, const struct view_account *a, unsigned indent)
{
	struct buf b = { 0 };
	struct buf line = { 0 };

	add(&b, a->heap_bytes, "live heap");
	add(&b, a->free_bytes, "free or the allocator's own");
	add(&b, a->mapped_bytes, "mapped with mmap");
	add(&b, a->file_bytes, "mapped files");
	add(&b, a->stack_bytes, "stacks");
	add(&b, a->recorder_bytes, "tidemark itself");
	buf_printf(&line, "of %s at %s: %s", util_bytes((int64_t)a->rss_bytes).text,
		   util_duration(a->us).text, buf_text(&b));
	if (a->absent_bytes)
		buf_printf(&line, "; %s of the live heap not resident, if not more",
			   util_bytes((int64_t)a->absent_bytes).text);
	paint_wrapped(p, PAINT_PLAIN, buf_text(&line), indent);
	buf_free(&line);
	buf_free(&b);
}
