/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a picture of memory over time shows, free of where it comes from and how it is drawn: filled
 * by collect.c from recordings or by mprof.c from a file of mprof, drawn by draw.c and braille.c.
 * Seconds and bytes.  Owned by cmd/plot.c.  Errors: -ENOMEM.
 */
#ifndef TIDEMARK_PLOT_PLOT_H
#define TIDEMARK_PLOT_PLOT_H

#include <stdbool.h>
#include <stddef.h>

#define PLOT_LAYERS 8 /* sites by name, and the others */

enum plot_kind { PLOT_LIVE, PLOT_RSS, PLOT_PROCESS, PLOT_SPAN };

struct plot_point {
	double s;
	double bytes;
};

/* A line; of a span the two points are its beginning and its end. */
struct plot_line {
	enum plot_kind kind;
	char *name;
	double most;   /* bytes */
	bool is_above; /* of all that is drawn: in the legend alone */
	struct plot_point *points;
	size_t count;
	size_t room;
};

/* The live bytes of one site, or of the others, at each time of the stack. */
struct plot_layer {
	char *name;
	double *bytes;
	double at_peak;
};

struct plot_mark {
	double s;
	char *text;
};

/* Recording was off. */
struct plot_pause {
	double s;
	double until_s;
};

struct plot {
	char *title;
	char *subtitle;
	double end_s;
	double most;   /* of anything drawn */
	double *times; /* of the stack */
	size_t time_count;
	struct plot_layer layers[PLOT_LAYERS]; /* the lowest first */
	size_t layer_count;
	struct plot_line *lines;
	size_t line_count;
	size_t line_room;
	struct plot_mark *marks;
	size_t mark_count;
	size_t mark_room;
	struct plot_pause *pauses;
	size_t pause_count;
	bool has_peak;
	struct plot_point peak;
};

/* NULL without memory. */
struct plot_line *plot_line(struct plot *p, enum plot_kind kind, const char *name);
int plot_point(struct plot *p, struct plot_line *line, double s, double bytes);
int plot_mark(struct plot *p, double s, const char *text);
/*
 * When all is there: RSS far above what was live would press that down to the axis, and is told in
 * the legend alone.
 */
void plot_settle(struct plot *p);
void plot_free(struct plot *p);

#endif
