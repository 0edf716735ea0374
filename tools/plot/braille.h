/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A plot in the terminal: what was live, or the one line there is, in dots of braille; in plain
 * characters without UTF-8.  Called by cmd/plot.c.  Errors are those of the stream.
 */
#ifndef TIDEMARK_PLOT_BRAILLE_H
#define TIDEMARK_PLOT_BRAILLE_H

#include <stdio.h>

#include "plot/plot.h"

void braille_draw(const struct plot *p, FILE *out, unsigned columns, bool utf8);

#endif
