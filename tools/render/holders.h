/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who holds the largest block of a row, from the block outwards to the root.  For table.c.
 * Draws nothing where the recording does not say.
 */
#ifndef TIDEMARK_RENDER_HOLDERS_H
#define TIDEMARK_RENDER_HOLDERS_H

#include "render/paint.h"

void holders_draw(struct painter *p, const struct view *v, const struct view_row *row,
		  unsigned column);

#endif
