/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What must be known before a difference is believed.  For compare.c.  Errors: -ENOMEM. */
#ifndef TIDEMARK_COMPARE_NOTES_H
#define TIDEMARK_COMPARE_NOTES_H

#include "analyze/arena.h"
#include "view_diff.h"

int notes_fill(struct view_diff *view, struct arena *arena);

#endif
