/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The command line of a recorded program, as it could be typed again.  For the text renderers.
 */
#ifndef TIDE_RENDER_COMMAND_H
#define TIDE_RENDER_COMMAND_H

#include "base/buf.h"
#include "view.h"

/* Quoted where a shell needs it, on one line whatever is in it. */
void command_words(struct buf *b, const struct view_facts *f);

#endif
