/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A plot as a picture, by cairo: one drawing for every kind of file.  Called by cmd/plot.c.
 * Errors: a negative errno, with a message.
 */
#ifndef TIDEMARK_PLOT_DRAW_H
#define TIDEMARK_PLOT_DRAW_H

#include <stdio.h>

#include "base/err.h"
#include "plot/plot.h"

enum draw_kind { DRAW_SVG, DRAW_PNG, DRAW_PDF };

/* Of @width x @height points; a PNG has twice as many pixels. */
int draw_file(const struct plot *p, enum draw_kind kind, FILE *out, double width, double height,
	      struct err *e);

#endif
