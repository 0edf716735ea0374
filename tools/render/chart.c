/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render/chart.h"

#include <string.h>

#include "base/util.h"

#define CHART_COLUMNS 64
#define CHART_ROWS    6
#define CHART_STEPS   8 /* of one character */

static unsigned column_of(const struct view *v, uint64_t us)
{
	uint64_t span_us = v->facts.duration_us ? v->facts.duration_us : 1;
	uint64_t column;

	if (us >= span_us)
		return CHART_COLUMNS - 1;
	column = (uint64_t)((double)us * CHART_COLUMNS / (double)span_us);
	return column < CHART_COLUMNS ? (unsigned)column : CHART_COLUMNS - 1;
}

/* The largest value in each column; where nothing was noted it is as before. */
static void fill_columns(const struct view *v, uint64_t *bytes)
{
	bool known[CHART_COLUMNS] = { false };
	uint64_t last = 0, of_column[CHART_COLUMNS] = { 0 };
	unsigned column;
	size_t i;

	for (i = 0; i < v->point_count; i++) {
		column = column_of(v, v->points[i].us);
		if (!known[column] || v->points[i].live_bytes > bytes[column])
			bytes[column] = v->points[i].live_bytes;
		of_column[column] = v->points[i].live_bytes;
		known[column] = true;
	}
	/* A row is written now and then; the peak is known exactly. */
	column = column_of(v, v->facts.peak_us);
	if (v->facts.peak_bytes > 0 && (uint64_t)v->facts.peak_bytes > bytes[column])
		bytes[column] = (uint64_t)v->facts.peak_bytes;
	for (column = 0; column < CHART_COLUMNS; column++) {
		if (known[column])
			last = of_column[column];
		else if (bytes[column] < last)
			bytes[column] = last;
	}
}

/* For some of the time of a column. */
static bool is_off(const struct view *v, unsigned column)
{
	for (size_t i = 0; i < v->facts.pause_count; i++)
		if (column_of(v, v->facts.pauses[i].us) <= column &&
		    column_of(v, v->facts.pauses[i].until_us) >= column)
			return true;
	return false;
}

static void draw_axis(struct painter *p, const struct view *v)
{
	struct util_text end = util_duration(v->facts.duration_us);

	paint_printf(p, PAINT_DIM, "%12s %s", "0 B", p->style.utf8 ? "\u2514" : "+");
	for (unsigned i = 0; i < CHART_COLUMNS; i++) {
		if (is_off(v, i))
			paint_text(p, PAINT_DIM, p->style.utf8 ? "\u2573" : "x");
		else
			paint_text(p, PAINT_DIM, p->style.utf8 ? "\u2500" : "-");
	}
	paint_line(p);
	paint_printf(p, PAINT_DIM, "%12s 0%*s", "", CHART_COLUMNS, end.text);
	paint_line(p);
	if (v->facts.pause_count) {
		paint_printf(p, PAINT_DIM, "%12s recording was off for %s",
			     p->style.utf8 ? "\u2573" : "x",
			     util_duration(v->facts.paused_us).text);
		paint_line(p);
	}
}

static const char *glyph(const struct painter *p, unsigned steps)
{
	static const char *const blocks[] = { " ",	"\u2581", "\u2582", "\u2583", "\u2584",
					      "\u2585", "\u2586", "\u2587", "\u2588" };
	static const char *const ascii[] = { " ", ".", ".", ".", ":", ":", ":", "#", "#" };

	return p->style.utf8 ? blocks[steps] : ascii[steps];
}

static void draw_row(struct painter *p, const uint64_t *bytes, uint64_t most, unsigned row)
{
	unsigned below = (CHART_ROWS - 1 - row) * CHART_STEPS, column, steps;

	for (column = 0; column < CHART_COLUMNS; column++) {
		steps = (unsigned)((double)bytes[column] / (double)most * CHART_ROWS * CHART_STEPS +
				   0.5);
		steps = steps > below ? steps - below : 0;
		paint_text(p, PAINT_PLAIN, glyph(p, steps > CHART_STEPS ? CHART_STEPS : steps));
	}
}

void chart_draw(struct painter *p, const struct view *v)
{
	uint64_t bytes[CHART_COLUMNS] = { 0 }, most = 0;
	unsigned row, i;

	fill_columns(v, bytes);
	for (i = 0; i < CHART_COLUMNS; i++)
		most = bytes[i] > most ? bytes[i] : most;
	if (!most)
		return;
	for (row = 0; row < CHART_ROWS; row++) {
		paint_printf(p, PAINT_DIM, "%12s %s", row ? "" : util_bytes((int64_t)most).text,
			     p->style.utf8 ? "\u2502" : "|");
		draw_row(p, bytes, most, row);
		paint_line(p);
	}
	draw_axis(p, v);
}
