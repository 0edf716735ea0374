/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plot/layers.h"

#include <string.h>

#include "base/brief.h"
#include "base/buf.h"
#include "base/util.h"

static const struct view_frame *frame_at(const struct view *v, size_t area, uint32_t nth)
{
	const struct view_site *s = v->areas.sites[area].site;
	uint32_t first = s ? (s->shown_count ? s->shown : s->first) : 0;
	uint32_t count = s ? (s->shown_count ? s->shown_count : s->count) : 0;

	return nth < count ? &v->frames[v->stack[first + nth]] : NULL;
}

static void put_frame(struct buf *name, const struct view_frame *f, bool with_line)
{
	struct buf brief = { 0 };

	if (f->function)
		buf_puts(name, brief_name(f->function, &brief));
	else if (f->module)
		buf_printf(name, "%s+0x%llx", util_basename(f->module),
			   (unsigned long long)f->offset);
	else
		buf_puts(name, "?");
	if (with_line && f->line)
		buf_printf(name, ":%u", f->line);
	buf_free(&brief);
}

static bool is_same(const struct view_frame *a, const struct view_frame *b, bool with_line)
{
	struct buf one = { 0 }, other = { 0 };
	bool is;

	if (!a || !b)
		return a == b;
	put_frame(&one, a, with_line);
	put_frame(&other, b, with_line);
	is = !strcmp(buf_text(&one), buf_text(&other));
	buf_free(&one);
	buf_free(&other);
	return is;
}

/* Whether no other layer that begins with the same function has the same at this depth. */
static bool is_alone(const struct view *v, size_t area, uint32_t nth, bool with_line)
{
	for (size_t i = 0; i < v->areas.count; i++) {
		if (i == area || !is_same(frame_at(v, i, 0), frame_at(v, area, 0), false))
			continue;
		if (is_same(frame_at(v, i, nth), frame_at(v, area, nth), with_line))
			return false;
	}
	return true;
}

static bool add_difference(struct buf *name, const struct view *v, size_t area, bool with_line)
{
	for (uint32_t nth = 0; frame_at(v, area, nth); nth++) {
		if (!is_alone(v, area, nth, with_line))
			continue;
		if (nth)
			buf_puts(name, " ← ");
		else
			buf_reset(name);
		put_frame(name, frame_at(v, area, nth), with_line);
		return true;
	}
	return false;
}

char *layers_name(const struct view *v, size_t nth)
{
	const struct view_frame *f = frame_at(v, nth, 0);
	uint32_t id = v->areas.sites[nth].id;
	struct buf name = { 0 };
	char *text;

	if (f)
		put_frame(&name, f, false);
	else
		buf_printf(&name, "site #%u", id);
	if (f && !add_difference(&name, v, nth, false) && !add_difference(&name, v, nth, true)) {
		buf_reset(&name);
		put_frame(&name, f, true);
		buf_printf(&name, " #%u", id);
	}
	text = strdup(buf_text(&name));
	buf_free(&name);
	return text;
}
