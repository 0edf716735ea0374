/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Live bytes over time, drawn in characters.  For text.c.
 */
#ifndef TIDEMARK_RENDER_CHART_H
#define TIDEMARK_RENDER_CHART_H

#include "render/paint.h"

void chart_draw(struct painter *p, const struct view *v);

#endif
