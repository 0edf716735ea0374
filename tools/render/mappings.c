/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render/mappings.h"

#include <string.h>

#include "base/util.h"
#include "render/moment.h"

#define ROWS_SHOWN 10

/* In the order in which their sums stand in the heading. */
static const char *const kinds[] = {
	"anonymous", "shared", "file", "arena", "allocator", "reserved"
};

static void add_kind(struct buf *b, const struct view *v, const char *kind)
{
	int64_t bytes = 0, ranges = 0;

	for (size_t i = 0; i < v->mapping_count; i++) {
		if (strcmp(v->mappings[i].mapping, kind) != 0)
			continue;
		bytes += v->mappings[i].sums.live_bytes;
		ranges += v->mappings[i].sums.live_blocks;
	}
	if (ranges)
		buf_printf(b, "%s%s %s in %s", b->bytes ? ", " : "", util_bytes(bytes).text, kind,
			   util_count(ranges).text);
}

static void draw_heading(struct painter *p, const struct view *v)
{
	struct buf rest = { 0 };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		add_kind(&rest, v, kinds[i]);
	if (!rest.bytes)
		buf_puts(&rest, "none left");
	buf_puts(&rest, v->counts_mappings ? "; anonymous ones are in the tables above, too"
					   : "; beside the heap, and in no other table");
	paint_heading(p, "Mappings", buf_text(&rest));
	buf_free(&rest);
}

/* Arenas and the allocator's own are the room that blocks lie in, and have no stack. */
static void draw_owner(struct painter *p, const struct view *v, const struct view_site *s)
{
	if (!strcmp(s->mapping, "arena"))
		paint_text(p, PAINT_DIM, "where Python keeps its objects");
	else if (!strcmp(s->mapping, "allocator"))
		paint_text(p, PAINT_DIM, "where malloc keeps its blocks");
	else
		moment_place(p, v, s);
}

static void draw_row(struct painter *p, const struct view *v, const struct view_site *s)
{
	paint_printf(p, PAINT_PLAIN, "%12s", s->mapping);
	paint_printf(p, PAINT_BOLD, " %12s", util_bytes(s->sums.live_bytes).text);
	paint_printf(p, PAINT_PLAIN, " %12s %8s %10s  ", util_bytes(s->sums.own_peak_bytes).text,
		     util_count(s->sums.live_blocks).text, util_count((int64_t)s->sums.calls).text);
	draw_owner(p, v, s);
	paint_line(p);
}

void mappings_draw(struct painter *p, const struct view *v)
{
	size_t i;

	if (!v->mapping_count)
		return;
	draw_heading(p, v);
	paint_printf(p, PAINT_DIM, "%12s %12s %12s %8s %10s  %s", "Kind",
		     v->facts.alive == VIEW_ALIVE    ? "Live now"
		     : v->facts.alive == VIEW_COPIED ? "Live then"
						     : "At the end",
		     "At most", "Ranges", "Calls", "Where");
	paint_line(p);
	for (i = 0; i < v->mapping_count && i < ROWS_SHOWN; i++)
		draw_row(p, v, &v->mappings[i]);
	if (i < v->mapping_count) {
		paint_printf(p, PAINT_DIM, "%12s %s more", "and",
			     util_count((int64_t)(v->mapping_count - i)).text);
		paint_line(p);
	}
}
