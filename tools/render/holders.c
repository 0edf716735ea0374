/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render/holders.h"

#include <string.h>

#include "base/util.h"

/* Of a chain. */
#define LINKS_SHOWN 8

static void draw_link(struct painter *p, const struct view *v, const struct view_holder *h)
{
	const struct view_frame *f;

	if (h->site && h->site->shown_count) {
		f = &v->frames[v->stack[h->site->shown]];
		paint_printf(p, PAINT_DIM, "%s of #%u, %s", util_bytes((int64_t)h->bytes).text,
			     h->site->id, paint_function(p, f));
	} else if (!strcmp(h->kind, "block")) {
		paint_printf(p, PAINT_DIM, "a block of %s", util_bytes((int64_t)h->bytes).text);
	} else if (h->symbol) {
		paint_text(p, PAINT_DIM, h->symbol);
		if (h->symbol_offset)
			paint_printf(p, PAINT_DIM, "+%llu", (unsigned long long)h->symbol_offset);
		paint_printf(p, PAINT_DIM, " [%s]", h->module ? util_basename(h->module) : "");
	} else if (h->module) {
		paint_printf(p, PAINT_DIM, "data of %s+0x%llx", util_basename(h->module),
			     (unsigned long long)h->offset);
	} else if (h->tid) {
		paint_printf(p, PAINT_DIM, "%s of thread %u %s", h->kind, h->tid,
			     h->thread ? h->thread : "");
	} else {
		paint_printf(p, PAINT_DIM, "%s at 0x%llx", h->kind, (unsigned long long)h->address);
	}
}

void holders_draw(struct painter *p, const struct view *v, const struct view_row *row,
		  unsigned column)
{
	const struct view_holder *h;
	size_t links = 0;

	if (!row->block_count || !row->blocks[0].holder)
		return;
	for (h = row->blocks[0].holder; h && links < LINKS_SHOWN; h = h->outer, links++) {
		paint_to(p, column);
		paint_text(p, PAINT_DIM, links ? "    <- " : "held by ");
		draw_link(p, v, h);
		paint_line(p);
	}
	if (!h)
		return;
	paint_to(p, column);
	paint_text(p, PAINT_DIM, "    <- ...");
	paint_line(p);
}
