/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plot/draw.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <cairo.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "plot/axes.h"

#define LEFT	    74.0
#define TOP	    62.0
#define BOTTOM	    40.0
#define LEGEND	    290.0
#define FONT	    "sans-serif"
#define TEXT	    12.0
#define SMALL	    11.0
#define LINE_HEIGHT 19.0
#define PNG_SCALE   2.0
#define MARK_GAP    13.0 /* between the words of two marks */
#define MARK_MOST   150.0
#define HATCH	    8.0
#define LINES_MOST  16 /* of processes in the legend */

struct colour {
	double r, g, b;
};

/* Neighbours differ in lightness, so that they stay apart in grey. */
static const struct colour fills[] = {
	{ 0.16, 0.33, 0.54 }, { 0.97, 0.77, 0.36 }, { 0.24, 0.58, 0.53 }, { 0.96, 0.88, 0.74 },
	{ 0.62, 0.26, 0.30 }, { 0.62, 0.78, 0.90 }, { 0.42, 0.42, 0.58 },
};
/* Dark enough for a thin line. */
static const struct colour line_colours[] = {
	{ 0.16, 0.33, 0.54 },
	{ 0.62, 0.26, 0.30 },
	{ 0.24, 0.58, 0.53 },
	{ 0.42, 0.42, 0.58 },
};
static const struct colour others_fill = { 0.87, 0.87, 0.87 };
static const struct colour ink = { 0.13, 0.14, 0.17 };
static const struct colour faint = { 0.45, 0.47, 0.50 };
static const struct colour grid = { 0.88, 0.89, 0.90 };
static const struct colour alarm = { 0.80, 0.12, 0.12 };

struct canvas {
	cairo_t *c;
	const struct plot *p;
	double width, height;
	double x0, y0, w, h; /* of the plotting area */
	double end_s, top_bytes;
	double legend_y;
};

static void set(const struct canvas *v, struct colour colour)
{
	cairo_set_source_rgb(v->c, colour.r, colour.g, colour.b);
}

static double x_of(const struct canvas *v, double s)
{
	return v->x0 + s / v->end_s * v->w;
}

static double y_of(const struct canvas *v, double bytes)
{
	return v->y0 + v->h - bytes / v->top_bytes * v->h;
}

static void font(const struct canvas *v, double size, bool bold)
{
	cairo_select_font_face(v->c, FONT, CAIRO_FONT_SLANT_NORMAL,
			       bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
	cairo_set_font_size(v->c, size);
}

static double text_width(const struct canvas *v, const char *text)
{
	cairo_text_extents_t e;

	cairo_text_extents(v->c, text, &e);
	return e.x_advance;
}

/* @align: 0 begins at x, 0.5 has its middle there, 1 ends there. */
static void put(const struct canvas *v, double x, double y, double align, const char *text)
{
	cairo_move_to(v->c, x - align * text_width(v, text), y);
	cairo_show_text(v->c, text);
}

/* As much of the text as fits, without its middle: names differ at their ends. */
static void put_squeezed(const struct canvas *v, double x, double y, double room, const char *text)
{
	size_t bytes = strlen(text), head = bytes / 2, tail = bytes - head;
	char copy[512];

	snprintf(copy, sizeof(copy), "%s", text);
	while (head + tail > 2 && text_width(v, copy) > room) {
		if (head > tail / 2)
			head--;
		else
			tail--;
		while (head && (text[head] & 0xc0) == 0x80)
			head--;
		while (tail && (text[bytes - tail] & 0xc0) == 0x80)
			tail--;
		snprintf(copy, sizeof(copy), "%.*s…%s", (int)head, text, text + bytes - tail);
	}
	put(v, x, y, 0, copy);
}

/* As much of the text as fits. */
static void put_cut(const struct canvas *v, double x, double y, double room, const char *text)
{
	char copy[256];
	size_t n;

	snprintf(copy, sizeof(copy) - 4, "%s", text);
	for (n = strlen(copy); n && text_width(v, copy) > room;) {
		while (n && (copy[--n] & 0xc0) == 0x80)
			;
		strcpy(copy + n, "…");
	}
	put(v, x, y, 0, copy);
}

static void draw_titles(const struct canvas *v)
{
	set(v, ink);
	font(v, 15, true);
	put_cut(v, 16, 25, v->width - 32, v->p->title);
	set(v, faint);
	font(v, TEXT, false);
	put_cut(v, 16, 44, v->width - 32, v->p->subtitle);
}

static void draw_bytes_axis(const struct canvas *v)
{
	double step = axes_step_bytes(v->top_bytes, (unsigned)(v->h / 45) + 1), at;

	font(v, SMALL, false);
	cairo_set_line_width(v->c, 1);
	for (at = 0; at <= v->top_bytes * 1.0001; at += step) {
		double y = floor(y_of(v, at)) + 0.5;

		set(v, grid);
		cairo_move_to(v->c, v->x0, y);
		cairo_line_to(v->c, v->x0 + v->w, y);
		cairo_stroke(v->c);
		set(v, faint);
		put(v, v->x0 - 8, y + 4, 1, at > 0 ? axes_bytes(at).text : "0");
	}
}

static void draw_time_axis(const struct canvas *v)
{
	double step = axes_step_s(v->end_s, (unsigned)(v->w / 75) + 1);
	double y = floor(v->y0 + v->h) + 0.5;

	set(v, faint);
	cairo_set_line_width(v->c, 1);
	cairo_move_to(v->c, v->x0, y);
	cairo_line_to(v->c, v->x0 + v->w, y);
	cairo_stroke(v->c);
	font(v, SMALL, false);
	for (unsigned i = 0; i * step <= v->end_s * 1.0001; i++) {
		double x = floor(x_of(v, i * step)) + 0.5;

		cairo_move_to(v->c, x, y);
		cairo_line_to(v->c, x, y + 5);
		cairo_stroke(v->c);
		put(v, x, y + 19, 0.5, axes_s(i * step, step).text);
	}
}

static struct colour layer_colour(const struct plot *p, size_t i)
{
	return i + 1 == p->layer_count ? others_fill : fills[i % (sizeof(fills) / sizeof(*fills))];
}

/*
 * From the top of those below to the top of this one, with a thin white seam.  What a program holds
 * stays until it does something, and then there is a row: steps, not slopes.
 */
static void draw_layer(const struct canvas *v, size_t layer, double *below)
{
	const struct plot *p = v->p;
	const double *bytes = p->layers[layer].bytes;
	size_t i;

	cairo_move_to(v->c, x_of(v, p->times[0]), y_of(v, below[0]));
	for (i = 0; i < p->time_count; i++) {
		if (i)
			cairo_line_to(v->c, x_of(v, p->times[i]),
				      y_of(v, below[i - 1] + bytes[i - 1]));
		cairo_line_to(v->c, x_of(v, p->times[i]), y_of(v, below[i] + bytes[i]));
	}
	for (i = p->time_count; i-- > 0;) {
		cairo_line_to(v->c, x_of(v, p->times[i]), y_of(v, below[i]));
		if (i)
			cairo_line_to(v->c, x_of(v, p->times[i]), y_of(v, below[i - 1]));
	}
	cairo_close_path(v->c);
	set(v, layer_colour(p, layer));
	cairo_fill_preserve(v->c);
	cairo_set_source_rgb(v->c, 1, 1, 1);
	cairo_set_line_width(v->c, 0.6);
	cairo_stroke(v->c);
	for (i = 0; i < p->time_count; i++)
		below[i] += bytes[i];
}

/* What is between two rows of the stack is nobody's by name: it shows below the line. */
static void draw_ground(const struct canvas *v)
{
	const struct plot_line *line = v->p->layer_count ? v->p->lines : NULL;

	if (!line || !line->count)
		return;
	cairo_new_path(v->c);
	cairo_move_to(v->c, x_of(v, line->points[0].s), y_of(v, 0));
	for (size_t i = 0; i < line->count; i++)
		cairo_line_to(v->c, x_of(v, line->points[i].s), y_of(v, line->points[i].bytes));
	cairo_line_to(v->c, x_of(v, line->points[line->count - 1].s), y_of(v, 0));
	cairo_close_path(v->c);
	set(v, others_fill);
	cairo_fill(v->c);
}

static int draw_stack(const struct canvas *v)
{
	double *below = calloc(v->p->time_count + 1, sizeof(*below));

	if (!below)
		return -ENOMEM;
	draw_ground(v);
	for (size_t i = 0; i < v->p->layer_count; i++)
		draw_layer(v, i, below);
	free(below);
	return 0;
}

static void style_line(const struct canvas *v, const struct plot_line *line, size_t number)
{
	static const double dashes[] = { 5, 3 }, dots[] = { 2, 2 }, mixed[] = { 8, 2, 2, 2 };

	cairo_set_dash(v->c, NULL, 0, 0);
	cairo_set_line_width(v->c, 1.6);
	set(v, ink);
	if (line->kind == PLOT_RSS) {
		cairo_set_dash(v->c, dashes, 2, 0);
		set(v, faint);
	} else if (line->kind == PLOT_PROCESS) {
		set(v, line_colours[number % 4]);
		if (number % 3 == 1)
			cairo_set_dash(v->c, dots, 2, 0);
		else if (number % 3 == 2)
			cairo_set_dash(v->c, mixed, 4, 0);
	}
}

static void draw_line(const struct canvas *v, const struct plot_line *line, size_t number)
{
	if (line->kind == PLOT_SPAN || line->is_above)
		return;
	style_line(v, line, number);
	cairo_new_path(v->c);
	for (size_t i = 0; i < line->count; i++)
		cairo_line_to(v->c, x_of(v, line->points[i].s), y_of(v, line->points[i].bytes));
	cairo_stroke(v->c);
	cairo_set_dash(v->c, NULL, 0, 0);
}

/* A function's call: a bracket from its beginning to its end, as mprof draws it. */
static void draw_span(const struct canvas *v, const struct plot_line *line, size_t number)
{
	double from, until;

	if (line->kind != PLOT_SPAN || line->count != 2)
		return;
	from = x_of(v, line->points[0].s);
	until = x_of(v, line->points[1].s);
	set(v, fills[number * 2 % (sizeof(fills) / sizeof(*fills))]);
	cairo_set_line_width(v->c, 1.4);
	cairo_move_to(v->c, from + 4, v->y0 + 6);
	cairo_line_to(v->c, from, v->y0 + 6);
	cairo_line_to(v->c, from, y_of(v, line->points[0].bytes));
	cairo_move_to(v->c, until - 4, v->y0 + 6);
	cairo_line_to(v->c, until, v->y0 + 6);
	cairo_line_to(v->c, until, y_of(v, line->points[1].bytes));
	cairo_stroke(v->c);
}

/* The words stand along the line, on a white ground; where two would touch, the later has none. */
static void draw_marks(const struct canvas *v)
{
	static const double dots[] = { 1, 3 };
	double last_x = -MARK_GAP, width;

	font(v, SMALL, false);
	for (size_t i = 0; i < v->p->mark_count; i++) {
		double x = floor(x_of(v, v->p->marks[i].s)) + 0.5;

		set(v, ink);
		cairo_set_line_width(v->c, 1);
		cairo_set_dash(v->c, dots, 2, 0);
		cairo_move_to(v->c, x, v->y0);
		cairo_line_to(v->c, x, v->y0 + v->h);
		cairo_stroke(v->c);
		cairo_set_dash(v->c, NULL, 0, 0);
		if (x - last_x < MARK_GAP)
			continue;
		last_x = x;
		cairo_save(v->c);
		cairo_translate(v->c, x - 4, v->y0 + 4);
		cairo_rotate(v->c, M_PI / 2);
		cairo_translate(v->c, 0, -4);
		cairo_set_source_rgba(v->c, 1, 1, 1, 0.8);
		width = fmin(text_width(v, v->p->marks[i].text), MARK_MOST);
		cairo_rectangle(v->c, -2, -1, width + 4, 12);
		cairo_fill(v->c);
		set(v, ink);
		put_cut(v, 0, 9, MARK_MOST, v->p->marks[i].text);
		cairo_restore(v->c);
	}
}

/* Hatched over what was drawn: the curve tells of the blocks that were known, and of no others. */
static void draw_pause(const struct canvas *v, const struct plot_pause *pause)
{
	double from = x_of(v, pause->s), until = x_of(v, pause->until_s), x;

	if (!(until > from))
		return;
	cairo_save(v->c);
	cairo_rectangle(v->c, from, v->y0, until - from, v->h);
	cairo_clip(v->c);
	cairo_set_source_rgba(v->c, 1, 1, 1, 0.45);
	cairo_paint(v->c);
	cairo_set_source_rgba(v->c, faint.r, faint.g, faint.b, 0.55);
	cairo_set_line_width(v->c, 0.8);
	for (x = from - v->h; x < until; x += HATCH) {
		cairo_move_to(v->c, x, v->y0 + v->h);
		cairo_line_to(v->c, x + v->h, v->y0);
	}
	cairo_stroke(v->c);
	cairo_restore(v->c);
}

static void draw_peak(const struct canvas *v)
{
	double x = x_of(v, v->p->peak.s), y = y_of(v, v->p->peak.bytes), width;
	char label[128];
	bool left;

	if (!v->p->has_peak)
		return;
	snprintf(label, sizeof(label), "peak %s", util_bytes((int64_t)v->p->peak.bytes).text);
	set(v, alarm);
	cairo_set_line_width(v->c, 1);
	cairo_move_to(v->c, v->x0, floor(y) + 0.5);
	cairo_line_to(v->c, v->x0 + v->w, floor(y) + 0.5);
	cairo_stroke(v->c);
	cairo_arc(v->c, x, y, 3.5, 0, 2 * M_PI);
	cairo_fill(v->c);
	font(v, TEXT, true);
	width = text_width(v, label);
	left = x + width + 12 > v->x0 + v->w;
	put(v, left ? x - 6 : x + 6, y - 6, left ? 1 : 0, label);
}

static void legend_text(struct canvas *v, const char *name, const char *value)
{
	double x = v->width - LEGEND + 18;

	set(v, ink);
	font(v, TEXT, false);
	put_squeezed(v, x + 28, v->legend_y, LEGEND - 50 - text_width(v, value) - 20, name);
	set(v, faint);
	put(v, v->width - 16, v->legend_y, 1, value);
	v->legend_y += LINE_HEIGHT;
}

static void legend_row(struct canvas *v, const char *name, double bytes)
{
	legend_text(v, name, util_bytes((int64_t)bytes).text);
}

/* The topmost layer first, as they lie. */
static void draw_layers_legend(struct canvas *v)
{
	double x = v->width - LEGEND + 18;

	if (!v->p->layer_count)
		return;
	set(v, faint);
	font(v, SMALL, false);
	put(v, x, v->legend_y, 0, "allocated by");
	put(v, v->width - 16, v->legend_y, 1, "at the peak");
	v->legend_y += LINE_HEIGHT;
	for (size_t i = v->p->layer_count; i-- > 0;) {
		set(v, layer_colour(v->p, i));
		cairo_rectangle(v->c, x, v->legend_y - 10, 20, 12);
		cairo_fill(v->c);
		legend_row(v, v->p->layers[i].name, v->p->layers[i].at_peak);
	}
	v->legend_y += LINE_HEIGHT / 2;
}

static void draw_pause_legend(struct canvas *v, double x)
{
	double off_s = 0;

	for (size_t i = 0; i < v->p->pause_count; i++)
		off_s += v->p->pauses[i].until_s - v->p->pauses[i].s;
	if (!v->p->pause_count)
		return;
	v->legend_y += LINE_HEIGHT / 2;
	cairo_save(v->c);
	cairo_rectangle(v->c, x, v->legend_y - 10, 20, 12);
	cairo_clip(v->c);
	set(v, faint);
	cairo_set_line_width(v->c, 0.8);
	for (double at = x - 12; at < x + 20; at += HATCH / 2) {
		cairo_move_to(v->c, at, v->legend_y + 2);
		cairo_line_to(v->c, at + 12, v->legend_y - 10);
	}
	cairo_stroke(v->c);
	cairo_restore(v->c);
	legend_text(v, "recording was off", util_duration((uint64_t)(off_s * 1e6)).text);
}

static void draw_lines_legend(struct canvas *v)
{
	double x = v->width - LEGEND + 18;
	size_t shown = 0;
	char name[128];

	set(v, faint);
	font(v, SMALL, false);
	put(v, v->width - 16, v->legend_y, 1, "at most");
	v->legend_y += LINE_HEIGHT;
	for (size_t i = 0; i < v->p->line_count && shown < LINES_MOST; i++) {
		const struct plot_line *line = &v->p->lines[i];

		if (!line->count || line->kind == PLOT_SPAN)
			continue;
		style_line(v, line, i);
		cairo_move_to(v->c, x, v->legend_y - 4);
		cairo_line_to(v->c, x + 20, v->legend_y - 4);
		cairo_stroke(v->c);
		cairo_set_dash(v->c, NULL, 0, 0);
		snprintf(name, sizeof(name), "%s%s", line->name, line->is_above ? ", above" : "");
		legend_row(v, name, line->most);
		shown++;
	}
	draw_pause_legend(v, x);
}

static int draw(struct canvas *v)
{
	int err;
	size_t i;

	cairo_set_source_rgb(v->c, 1, 1, 1);
	cairo_paint(v->c);
	cairo_set_line_join(v->c, CAIRO_LINE_JOIN_ROUND);
	draw_titles(v);
	draw_bytes_axis(v);
	err = draw_stack(v);
	for (i = 0; i < v->p->line_count; i++)
		draw_line(v, &v->p->lines[i], i);
	for (i = 0; i < v->p->line_count; i++)
		draw_span(v, &v->p->lines[i], i);
	for (i = 0; i < v->p->pause_count; i++)
		draw_pause(v, &v->p->pauses[i]);
	draw_marks(v);
	draw_peak(v);
	draw_time_axis(v);
	draw_layers_legend(v);
	draw_lines_legend(v);
	return err;
}

static cairo_status_t write_out(void *out, const unsigned char *data, unsigned int bytes)
{
	return fwrite(data, 1, bytes, out) == bytes ? CAIRO_STATUS_SUCCESS
						    : CAIRO_STATUS_WRITE_ERROR;
}

static cairo_surface_t *make_surface(enum draw_kind kind, FILE *out, double width, double height)
{
	switch (kind) {
	case DRAW_SVG:
		return cairo_svg_surface_create_for_stream(write_out, out, width, height);
	case DRAW_PDF:
		return cairo_pdf_surface_create_for_stream(write_out, out, width, height);
	default:
		return cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)(width * PNG_SCALE),
						  (int)(height * PNG_SCALE));
	}
}

static cairo_status_t finish(cairo_surface_t *surface, enum draw_kind kind, FILE *out)
{
	cairo_status_t status = cairo_surface_status(surface);

	if (!status && kind == DRAW_PNG)
		status = cairo_surface_write_to_png_stream(surface, write_out, out);
	cairo_surface_finish(surface);
	return status ? status : cairo_surface_status(surface);
}

int draw_file(const struct plot *p, enum draw_kind kind, FILE *out, double width, double height,
	      struct err *e)
{
	cairo_surface_t *surface = make_surface(kind, out, width, height);
	struct canvas v = {
		.c = cairo_create(surface),
		.p = p,
		.width = width,
		.height = height,
		.x0 = LEFT,
		.y0 = TOP,
		.w = width - LEFT - LEGEND,
		.h = height - TOP - BOTTOM,
		.end_s = p->end_s > 0 ? p->end_s : 1,
		.legend_y = TOP + 8,
	};
	double step = axes_step_bytes(p->most > 0 ? p->most : 1, 6);
	cairo_status_t status;
	int err;

	/* Room above the highest for the peak's label. */
	v.top_bytes = ceil((p->most > 0 ? p->most : 1) * 1.06 / step) * step;
	if (kind == DRAW_PNG)
		cairo_scale(v.c, PNG_SCALE, PNG_SCALE);
	err = draw(&v);
	status = cairo_status(v.c);
	cairo_destroy(v.c);
	if (!status)
		status = finish(surface, kind, out);
	cairo_surface_destroy(surface);
	if (err || status)
		return err_set(e, err ? err : -EIO, "%s",
			       err ? strerror(-err) : cairo_status_to_string(status));
	return 0;
}
