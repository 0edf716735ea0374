/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the program mapped, beside the heap, in the text report.  Called by text.c.
 */
#ifndef TIDEMARK_RENDER_MAPPINGS_H
#define TIDEMARK_RENDER_MAPPINGS_H

#include "render/paint.h"
#include "view.h"

void mappings_draw(struct painter *p, const struct view *v);

#endif
