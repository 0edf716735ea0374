/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render/table.h"

#include <string.h>

#include "base/util.h"
#include "render/holders.h"
#include "render/threads.h"

#define SITE_WIDTH 8
/* Functions longer than this do not push the places of the others to the right. */
#define ALIGN_MOST 44
/* A stack that has less room stands below its numbers. */
#define ROOM_LEAST  36
#define BELOW	    12
#define NAME_LEAST  8
#define PLACE_LEAST 10

static const struct heads {
	const char *value;
	const char *count;
	const char *more;
} heads[] = {
	[VIEW_PEAK] = { "At peak", "Blocks", NULL },
	[VIEW_LIVE] = { "Live", "Blocks", NULL },
	[VIEW_TOTAL] = { "Total", "Calls", NULL },
	[VIEW_CALLS] = { "Calls", "Temporary", "Total" },
	[VIEW_TEMPORARY] = { "Temporary", "Calls", "Total" },
	[VIEW_OWN_PEAK] = { "Own peak", "Calls", "At peak" },
	[VIEW_LEAKED] = { "Leaked", "Blocks", NULL },
	[VIEW_DEFINITE] = { "Definite", "Blocks", "with it" },
	[VIEW_INDIRECT] = { "Indirect", "Blocks", NULL },
	[VIEW_POSSIBLE] = { "Possible", "Blocks", NULL },
	[VIEW_REACHABLE] = { "Reachable", "Blocks", NULL },
};

static int64_t leaked(const int64_t *classes)
{
	return (int64_t)((uint64_t)classes[0] + (uint64_t)classes[1] + (uint64_t)classes[2]);
}

static struct util_text value_text(enum view_sort sort, const struct view_sums *s)
{
	switch (sort) {
	case VIEW_LIVE:
		return util_bytes(s->live_bytes);
	case VIEW_TOTAL:
		return util_bytes((int64_t)s->total_bytes);
	case VIEW_CALLS:
		return util_count((int64_t)s->calls);
	case VIEW_TEMPORARY:
		return util_count((int64_t)s->temporaries);
	case VIEW_OWN_PEAK:
		return util_bytes(s->own_peak_bytes);
	case VIEW_LEAKED:
		return util_bytes(leaked(s->leaks.bytes));
	case VIEW_DEFINITE:
	case VIEW_INDIRECT:
	case VIEW_POSSIBLE:
	case VIEW_REACHABLE:
		return util_bytes(s->leaks.bytes[sort - VIEW_DEFINITE]);
	default:
		return util_bytes(s->at_peak_bytes);
	}
}

int64_t table_value(enum view_sort sort, const struct view_sums *s)
{
	switch (sort) {
	case VIEW_LIVE:
		return s->live_bytes;
	case VIEW_TOTAL:
		return (int64_t)s->total_bytes;
	case VIEW_CALLS:
		return (int64_t)s->calls;
	case VIEW_TEMPORARY:
		return (int64_t)s->temporaries;
	case VIEW_OWN_PEAK:
		return s->own_peak_bytes;
	case VIEW_LEAKED:
		return leaked(s->leaks.bytes);
	case VIEW_DEFINITE:
	case VIEW_INDIRECT:
	case VIEW_POSSIBLE:
	case VIEW_REACHABLE:
		return s->leaks.bytes[sort - VIEW_DEFINITE];
	default:
		return s->at_peak_bytes;
	}
}

static int64_t count_number(enum view_sort sort, const struct view_sums *s)
{
	switch (sort) {
	case VIEW_PEAK:
		return s->at_peak_blocks;
	case VIEW_LIVE:
		return s->live_blocks;
	case VIEW_CALLS:
		return (int64_t)s->temporaries;
	case VIEW_LEAKED:
		return leaked(s->leaks.blocks);
	case VIEW_DEFINITE:
	case VIEW_INDIRECT:
	case VIEW_POSSIBLE:
	case VIEW_REACHABLE:
		return s->leaks.blocks[sort - VIEW_DEFINITE];
	default:
		return (int64_t)s->calls;
	}
}

static struct util_text more_text(enum view_sort sort, const struct view_sums *s)
{
	switch (sort) {
	case VIEW_OWN_PEAK:
		return util_bytes(s->at_peak_bytes);
	case VIEW_DEFINITE:
		return util_bytes(s->leaks.held_bytes);
	default:
		return util_bytes((int64_t)s->total_bytes);
	}
}

int64_t table_total(const struct view_table *table)
{
	return count_number(table->sort, &table->sum);
}

void table_head_cells(struct painter *p, enum view_sort sort)
{
	const struct heads *h = &heads[sort];

	paint_printf(p, PAINT_DIM, "%12s %8s %12s", h->value, "%", h->count);
	if (h->more)
		paint_printf(p, PAINT_DIM, " %11s", h->more);
}

void table_cells(struct painter *p, enum view_sort sort, const struct view_sums *s,
		 const struct view_sums *sum)
{
	paint_printf(p, PAINT_BOLD, "%12s", value_text(sort, s).text);
	paint_printf(
		p, PAINT_PLAIN, " %8s %12s",
		util_percent((double)table_value(sort, s), (double)table_value(sort, sum)).text,
		util_count(count_number(sort, s)).text);
	if (heads[sort].more)
		paint_printf(p, PAINT_PLAIN, " %11s", more_text(sort, s).text);
}

void table_where_head(struct painter *p, const char *what)
{
	if (paint_room(p) >= ROOM_LEAST + 2)
		paint_printf(p, PAINT_DIM, "  %s", what);
	paint_line(p);
}

void table_where(struct painter *p)
{
	if (paint_room(p) >= ROOM_LEAST)
		return;
	paint_line(p);
	paint_to(p, BELOW);
}

static void draw_head(struct painter *p, const struct view *v, const struct view_table *t)
{
	static const char *const what[] = {
		[VIEW_SITE] = "Where", [VIEW_FUNCTION] = "Function", [VIEW_LINE] = "Line",
		[VIEW_FILE] = "File",  [VIEW_MODULE] = "Module",     [VIEW_THREAD] = "Thread",
	};

	if (v->by == VIEW_SITE)
		paint_printf(p, PAINT_DIM, "%*s", SITE_WIDTH, "Site");
	table_head_cells(p, t->sort);
	if (v->facts.sample_bytes)
		paint_printf(p, PAINT_DIM, " %13s", "+- (95 %)");
	table_where_head(p, what[v->by]);
}

static void draw_cells(struct painter *p, const struct view *v, const struct view_table *t,
		       const struct view_row *row, const struct view_sums *s)
{
	char id[16] = "";

	if (row && row->site)
		snprintf(id, sizeof(id), "#%u", row->site->id);
	if (v->by == VIEW_SITE)
		paint_printf(p, PAINT_DIM, "%*s", SITE_WIDTH, id);
	table_cells(p, t->sort, s, &t->sum);
	if (v->facts.sample_bytes)
		paint_printf(p, PAINT_DIM, " %13s",
			     row && row->error_bytes ? util_bytes(row->error_bytes).text : "");
	paint_text(p, PAINT_PLAIN, "  ");
}

static bool was_seen(struct table_seen *seen, uint32_t id)
{
	bool was;

	if (!seen->bits || id >= seen->ids)
		return false;
	was = seen->bits[id / 8] & 1u << id % 8;
	seen->bits[id / 8] |= (uint8_t)(1u << id % 8);
	return was;
}

/* Where the places stand: behind the longest function, within reason. */
static unsigned place_column(struct painter *p, const struct view *v, const struct view_row *row,
			     size_t count)
{
	unsigned most = 0, width;
	size_t i;

	for (i = 0; i < count; i++) {
		width = paint_width(paint_function(p, &v->frames[row->lines[i].frame]));
		if (width > most && width <= ALIGN_MOST)
			most = width;
	}
	return p->column + most + 2;
}

/* What finds no room loses directories of its path first, then the end of the function's name. */
static void fit(struct painter *p, const struct view_frame *f, unsigned room)
{
	unsigned name = paint_width(buf_text(&p->scratch)), place;

	if (f->file && p->place.bytes)
		paint_fit_path(p, &p->place, room > name + 2 ? room - name - 2 : 0);
	else if (f->function && p->place.bytes && room >= name + 2 + PLACE_LEAST)
		paint_fit_tail(p, &p->place, room - name - 2);
	place = paint_width(buf_text(&p->place));
	if (place && name + 2 + place > room && room > place + 2 + NAME_LEAST)
		paint_fit(p, &p->scratch, room - place - 2);
}

/* @after: columns of what is to follow in the line. */
static void draw_frame(struct painter *p, const struct view_frame *f, unsigned places, bool first,
		       unsigned after)
{
	unsigned room = paint_room(p);
	const char *place;

	paint_function(p, f);
	paint_place(p, f);
	fit(p, f, room > after ? room - after : 0);
	place = buf_text(&p->place);
	paint_text(p, first ? PAINT_BOLD : PAINT_PLAIN, buf_text(&p->scratch));
	if (*place) {
		paint_text(p, PAINT_PLAIN, "  ");
		/* Rather out of line than out of sight. */
		if (!p->style.columns || places + paint_width(place) + after <= p->style.columns)
			paint_to(p, places);
		paint_text(p, PAINT_DIM, place);
	}
}

static void draw_repeat(struct painter *p, const struct view_line *line)
{
	if (line->times < 2 || !line->period)
		return;
	if (line->period > 1)
		paint_printf(p, PAINT_DIM, "  (these %u, %u times)", line->period, line->times);
	else
		paint_printf(p, PAINT_DIM, "  (%u times)", line->times);
}

static void draw_end(struct painter *p, const struct view_row *row, size_t shown, unsigned column)
{
	if (shown == row->line_count && !row->site->cut)
		return;
	paint_to(p, column);
	if (shown < row->line_count)
		paint_printf(p, PAINT_DIM, "... %zu more", row->line_count - shown);
	else
		paint_text(p, PAINT_DIM, "... deeper than the recorder's limit");
	paint_line(p);
}

static void draw_no_stack(struct painter *p, const struct view_row *row)
{
	paint_text(p, PAINT_DIM,
		   row->site->id ? "(no stack could be taken)" : "(stacks that found no place)");
	paint_line(p);
}

/* Of sites that look the same by what is shown of them. */
static void add_alike(struct buf *b, const struct view_row *row)
{
	if (row->alike > 1)
		buf_printf(b, "  (%s stacks)", util_count(row->alike).text);
}

void table_stack(struct painter *p, const struct view *v, const struct view_row *row, size_t depth)
{
	size_t count = row->line_count < depth ? row->line_count : depth, i;
	unsigned column = p->column, places = place_column(p, v, row, count);
	struct buf after = { 0 };

	if (row->site->mapping)
		buf_printf(&after, "  (%s mapping)", row->site->mapping);
	add_alike(&after, row);
	p->build_id = NULL;
	if (!count)
		draw_no_stack(p, row);
	for (i = 0; i < count; i++) {
		paint_to(p, column);
		draw_frame(p, &v->frames[row->lines[i].frame], places, !i,
			   i ? 0 : paint_width(buf_text(&after)));
		draw_repeat(p, &row->lines[i]);
		paint_text(p, PAINT_DIM, i ? "" : buf_text(&after));
		paint_line(p);
	}
	buf_free(&after);
	draw_end(p, row, count, column);
	threads_of_site(p, v, row->site, column);
	if (row->site->arena) {
		paint_to(p, column);
		paint_text(p, PAINT_DIM,
			   "arenas of Python's, for anybody's small objects: this line needed one");
		paint_line(p);
	}
}

static void draw_again(struct painter *p, const struct view *v, const struct view_row *row)
{
	struct buf after = { 0 };

	add_alike(&after, row);
	buf_printf(&after, "  (stack above, at #%u)", row->site->id);
	p->build_id = NULL;
	if (row->line_count)
		draw_frame(p, &v->frames[row->lines[0].frame], 0, true,
			   paint_width(buf_text(&after)));
	paint_text(p, PAINT_DIM, buf_text(&after));
	paint_line(p);
	buf_free(&after);
}

void table_group(struct painter *p, const struct view *v, const struct view_row *row)
{
	struct buf label = { 0 }, after = { 0 };
	unsigned left;

	if (row->sites > 1)
		buf_printf(&after, "  (%s sites)", util_count(row->sites).text);
	left = 2 + paint_width(buf_text(&after));
	if (*row->label == '/') {
		paint_path(p, row->label, &label);
		paint_fit_path(p, &label, paint_room(p));
	} else {
		buf_puts(&label, row->label);
	}
	paint_text(p, PAINT_BOLD, buf_text(&label));
	buf_reset(&label);
	if (row->detail) {
		paint_path(p, row->detail, &label);
		paint_fit_path(p, &label, paint_room(p) > left ? paint_room(p) - left : 0);
		paint_printf(p, PAINT_DIM, "  %s", buf_text(&label));
	}
	if (row->thread && row->thread->spawn) {
		paint_text(p, PAINT_PLAIN, "  ");
		threads_origin(p, row->thread);
	}
	paint_text(p, PAINT_DIM, buf_text(&after));
	paint_line(p);
	buf_free(&label);
	buf_free(&after);
}

static void draw_rest(struct painter *p, const struct view *v, const struct view_table *t)
{
	const char *what = v->by == VIEW_SITE ? "other site" : "other row";

	if (t->others_count &&
	    (table_value(t->sort, &t->others) || count_number(t->sort, &t->others))) {
		draw_cells(p, v, t, NULL, &t->others);
		paint_printf(p, PAINT_DIM, "in %s",
			     util_counted((int64_t)t->others_count, what).text);
		paint_line(p);
	}
	if (t->unmatched_count) {
		draw_cells(p, v, t, NULL, &t->unmatched);
		paint_printf(p, PAINT_DIM, "in %s outside the filter",
			     util_counted((int64_t)t->unmatched_count, "site").text);
		paint_line(p);
	}
	if (t->sort == VIEW_OWN_PEAK)
		return;
	draw_cells(p, v, t, NULL, &t->sum);
	paint_text(p, PAINT_DIM, "in all");
	paint_line(p);
}

void table_draw(struct painter *p, const struct view *v, const struct view_table *table,
		struct table_seen *seen)
{
	const struct view_row *row;
	unsigned column;
	size_t i;

	draw_head(p, v, table);
	for (i = 0; i < table->row_count; i++) {
		row = &table->rows[i];
		draw_cells(p, v, table, row, &row->sums);
		table_where(p);
		column = p->column;
		if (!row->site)
			table_group(p, v, row);
		else if (was_seen(seen, row->site->id))
			draw_again(p, v, row);
		else
			table_stack(p, v, row, table->depth);
		holders_draw(p, v, row, column);
	}
	draw_rest(p, v, table);
}
