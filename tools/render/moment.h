/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Moments in the text report: marks, and who held the memory at one of them.  For text.c.
 */
#ifndef TIDEMARK_RENDER_MOMENT_H
#define TIDEMARK_RENDER_MOMENT_H

#include "render/paint.h"

void moment_marks(struct painter *p, const struct view *v);
/* The allocating function, its caller and the place, in one line. */
void moment_place(struct painter *p, const struct view *v, const struct view_site *s);

void moment_draw(struct painter *p, const struct view *v);

/* The line that says what the resident memory was made of. */
void moment_account(struct painter *p, const struct view_account *a, unsigned indent);

#endif
