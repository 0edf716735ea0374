/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A screen of tidemark top, without moving the cursor.  For cmd/.  Errors: those of the stream. */
#ifndef TIDEMARK_RENDER_TOP_H
#define TIDEMARK_RENDER_TOP_H

#include "render/render.h"
#include "view_top.h"

/* Lines of a screen that are no rows. */
#define RENDER_TOP_LINES 8

void render_top(struct render_context *c, const struct view_top *v);

#endif
