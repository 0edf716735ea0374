/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plot/braille.h"

#include <stdint.h>
#include <string.h>

#include "base/util.h"
#include "plot/axes.h"

#define LABEL	     11
#define COLUMNS_MOST 160u
#define ROWS	     16u
#define DOT_COLUMNS  (COLUMNS_MOST * 2)
#define DOT_ROWS     (ROWS * 4)
#define OFF(utf8)    ((utf8) ? "╳" : "x")

struct grid {
	unsigned columns; /* characters */
	uint8_t cells[ROWS][COLUMNS_MOST];
	double high[DOT_COLUMNS]; /* the largest value in each column of dots */
};

static void dot(struct grid *g, unsigned x, unsigned y)
{
	static const uint8_t bits[4][2] = { { 1, 8 }, { 2, 16 }, { 4, 32 }, { 64, 128 } };

	if (x < g->columns * 2 && y < DOT_ROWS)
		g->cells[y / 4][x / 2] |= bits[y % 4][x % 2];
}

/* Between two points the value goes straight from one to the other. */
static void reach(struct grid *g, const struct plot *p, const struct plot_line *line)
{
	unsigned width = g->columns * 2, x, from, until;

	for (size_t i = 0; i < line->count; i++) {
		const struct plot_point *a = &line->points[i ? i - 1 : 0], *b = &line->points[i];

		from = (unsigned)(a->s / p->end_s * (width - 1));
		until = (unsigned)(b->s / p->end_s * (width - 1));
		for (x = from; x <= until && x < width; x++) {
			double part = until > from ? (double)(x - from) / (until - from) : 1;
			double bytes = a->bytes + (b->bytes - a->bytes) * part;

			if (bytes > g->high[x])
				g->high[x] = bytes;
		}
	}
}

static unsigned dots_of(double bytes, double top)
{
	unsigned n = (unsigned)(bytes / top * DOT_ROWS + 0.5);

	return n < DOT_ROWS ? n : DOT_ROWS;
}

/* Filled below the first line; the others are lines. */
static void fill(struct grid *g, double top, bool solid)
{
	unsigned x, y, n, before = 0;

	for (x = 0; x < g->columns * 2; x++) {
		n = dots_of(g->high[x], top);
		for (y = 0; solid && y < n; y++)
			dot(g, x, DOT_ROWS - 1 - y);
		if (!solid && n) {
			unsigned low = x && before && before < n ? before : n;

			for (y = low; y <= n; y++)
				dot(g, x, DOT_ROWS - y);
		}
		before = n;
	}
}

static void put_cell(FILE *out, uint8_t bits, bool utf8)
{
	static const char plain[] = " .::oo##@";
	unsigned count = (unsigned)__builtin_popcount(bits);

	if (!utf8)
		fputc(plain[count], out);
	else if (!bits)
		fputc(' ', out);
	else
		fprintf(out, "\xe2%c%c", 0xa0 + (bits >> 6), 0x80 + (bits & 0x3f));
}

static void put_rows(const struct grid *g, FILE *out, double top, bool utf8)
{
	for (unsigned row = 0; row < ROWS; row++) {
		bool labelled = row % 4 == 0;

		fprintf(out, "%*s %s", LABEL,
			labelled ? axes_bytes(top * (ROWS - row) / ROWS).text : "",
			utf8 ? (labelled ? "┤" : "│") : "|");
		for (unsigned i = 0; i < g->columns; i++)
			put_cell(out, g->cells[row][i], utf8);
		fputc('\n', out);
	}
}

/* For some of the time that the character stands for. */
static bool is_off(const struct plot *p, unsigned column, unsigned columns)
{
	double s = p->end_s * column / columns, until_s = p->end_s * (column + 1) / columns;

	for (size_t i = 0; i < p->pause_count; i++)
		if (p->pauses[i].s < until_s && p->pauses[i].until_s > s)
			return true;
	return false;
}

static void put_axis(const struct grid *g, FILE *out, const struct plot *p, bool utf8)
{
	struct util_text end = util_duration((uint64_t)(p->end_s * 1e6));

	fprintf(out, "%*s %s", LABEL, "0", utf8 ? "└" : "+");
	for (unsigned i = 0; i < g->columns; i++) {
		if (is_off(p, i, g->columns))
			fputs(OFF(utf8), out);
		else
			fputs(utf8 ? "─" : "-", out);
	}
	fprintf(out, "\n%*s 0%*s\n", LABEL, "", (int)g->columns, end.text);
}

static void put_pauses(FILE *out, const struct plot *p, bool utf8)
{
	for (size_t i = 0; i < p->pause_count && i < 20; i++)
		fprintf(out, "%*s  recording was off from %s to %s\n", LABEL + (utf8 ? 2 : 0),
			OFF(utf8), util_duration((uint64_t)(p->pauses[i].s * 1e6)).text,
			util_duration((uint64_t)(p->pauses[i].until_s * 1e6)).text);
}

static void put_marks(FILE *out, const struct plot *p)
{
	for (size_t i = 0; i < p->mark_count && i < 20; i++)
		fprintf(out, "%*s  %s\n", LABEL,
			util_duration((uint64_t)(p->marks[i].s * 1e6)).text, p->marks[i].text);
}

void braille_draw(const struct plot *p, FILE *out, unsigned columns, bool utf8)
{
	static const char *const looks[] = { "filled", "line" };
	double most = p->most > 0 ? p->most : 1, step = axes_step_bytes(most, 8);
	double top = step * (double)(long)(most / step + 0.999);
	struct grid g = { .columns = columns > LABEL + 20 ? columns - LABEL - 4 : 64 };
	size_t drawn = 0;

	if (g.columns > COLUMNS_MOST)
		g.columns = COLUMNS_MOST;
	fprintf(out, "%s\n%s\n\n", p->title, p->subtitle);
	for (size_t i = 0; i < p->line_count; i++) {
		if (!p->lines[i].count || p->lines[i].kind == PLOT_SPAN || p->lines[i].is_above ||
		    !(p->end_s > 0))
			continue;
		memset(g.high, 0, sizeof(g.high));
		reach(&g, p, &p->lines[i]);
		fill(&g, top, drawn++ == 0);
	}
	put_rows(&g, out, top, utf8);
	put_axis(&g, out, p, utf8);
	for (size_t i = 0, n = 0; i < p->line_count && n < 8; i++) {
		if (p->lines[i].count && p->lines[i].kind != PLOT_SPAN)
			fprintf(out, "%*s  %s, at most %s\n", LABEL,
				p->lines[i].is_above ? "above" : looks[n++ > 0], p->lines[i].name,
				util_bytes((int64_t)p->lines[i].most).text);
	}
	put_pauses(out, p, utf8);
	put_marks(out, p);
}
