/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render/tree.h"

#include "base/util.h"
#include "render/table.h"

#define DEPTH_MOST 512

/* Rails beside the branches that go on below. */
static void draw_rails(struct painter *p, const bool *open, const struct view_node *n, bool inside)
{
	uint32_t i;

	for (i = 1; i < n->depth; i++)
		paint_text(p, PAINT_DIM, !open[i] ? "  " : p->style.utf8 ? "\u2502 " : "| ");
	if (!n->depth)
		return;
	if (inside)
		paint_text(p, PAINT_DIM, !open[n->depth] ? "  " : p->style.utf8 ? "\u2502 " : "| ");
	else if (p->style.utf8)
		paint_text(p, PAINT_DIM, n->last ? "\u2514\u2574" : "\u251c\u2574");
	else
		paint_text(p, PAINT_DIM, n->last ? "`-" : "+-");
}

static void draw_node(struct painter *p, const struct view *v, const struct view_node *n)
{
	const struct view_frame *f;
	struct buf path = { 0 };

	if (n->is_others) {
		paint_printf(p, PAINT_DIM, "in %s", util_counted(n->sites, "other site").text);
		return;
	}
	f = &v->frames[n->frame];
	paint_text(p, PAINT_PLAIN, paint_function(p, f));
	if (f->file)
		paint_path(p, f->file, &path);
	else if (f->function && f->module)
		buf_printf(&path, "[%s]", util_basename(f->module));
	paint_printf(p, PAINT_DIM, "  %s", buf_text(&path));
	buf_free(&path);
}

void tree_draw(struct painter *p, const struct view *v)
{
	bool open[DEPTH_MOST] = { false };
	const struct view_node *n;
	uint32_t before = UINT32_MAX;
	size_t i;

	table_head_cells(p, v->tree_sort);
	paint_line(p);
	for (i = 0; i < v->node_count; i++) {
		n = &v->nodes[i];
		if (n->depth >= DEPTH_MOST)
			continue;
		table_cells(p, v->tree_sort, &n->sums, &v->facts.sum);
		paint_text(p, PAINT_PLAIN, "  ");
		draw_rails(p, open, n, n->only && before == n->depth);
		if (!n->only)
			open[n->depth] = !n->last;
		draw_node(p, v, n);
		paint_line(p);
		before = n->depth;
	}
}
