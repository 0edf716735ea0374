/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lines of the text report: colour, width, and how a frame is written.  For text.c, table.c, tree.c
 * and chart.c.  A line is gathered in the buffer and written by paint_line(), cut at the terminal's
 * width.  Errors: left to the buffer and the stream.
 */
#ifndef TIDEMARK_RENDER_PAINT_H
#define TIDEMARK_RENDER_PAINT_H

#include <stdbool.h>

#include "base/buf.h"
#include "render/render.h"

enum paint { PAINT_PLAIN, PAINT_BOLD, PAINT_DIM, PAINT_WARN };

struct painter {
	FILE *out;
	struct render_style style;
	const char *cwd; /* of the recorded program: its files are shown relative to it */
	struct buf line;
	unsigned column; /* of the line, colours not counted */
	bool is_cut;	 /* the line was too long, and says so */
	struct buf scratch;
	struct buf place;     /* of paint_place() */
	const char *build_id; /* written last in this stack: once is enough */
};

/* What finds no room in the line is cut, and the line ends in a sign of that. */
void paint_text(struct painter *p, enum paint how, const char *text);
void paint_printf(struct painter *p, enum paint how, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Fills up with spaces to the column. */
void paint_to(struct painter *p, unsigned column);
void paint_line(struct painter *p);
/* Text wrapped at the width, later lines indented. */
void paint_wrapped(struct painter *p, enum paint how, const char *text, unsigned indent);
void paint_heading(struct painter *p, const char *title, const char *rest);

/* How many columns are left in the line. */
unsigned paint_room(const struct painter *p);
/* What is to fit into so many columns: a path loses directories at its start, and keeps its last
 * part; a name loses its end, a [module] what comes after its first character. */
void paint_fit_path(const struct painter *p, struct buf *text, unsigned columns);
void paint_fit(const struct painter *p, struct buf *text, unsigned columns);
void paint_fit_tail(const struct painter *p, struct buf *text, unsigned columns);
/* The function, or what stands for it; valid until the next call. */
const char *paint_function(struct painter *p, const struct view_frame *f);
/* file:line, or [module]; "" when the function says it all. */
const char *paint_place(struct painter *p, const struct view_frame *f);
/* A path as short as it stays clear, into the buffer. */
void paint_path(const struct painter *p, const char *path, struct buf *out);
void paint_free(struct painter *p);

/* Columns that a UTF-8 text takes, roughly: its characters. */
unsigned paint_width(const char *text);

#endif
