/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The section of advice in the text report.  For text.c.
 */
#ifndef TIDEMARK_RENDER_ADVICE_H
#define TIDEMARK_RENDER_ADVICE_H

#include "render/paint.h"

void advice_draw(struct painter *p, const struct view *v);

#endif
