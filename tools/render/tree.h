/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The call tree of the text report.  For text.c.
 */
#ifndef TIDEMARK_RENDER_TREE_H
#define TIDEMARK_RENDER_TREE_H

#include "render/paint.h"

void tree_draw(struct painter *p, const struct view *v);

#endif
