/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where threads were begun, in the text report and in JSON.  For table.c and json.c.
 */
#ifndef TIDEMARK_RENDER_THREADS_H
#define TIDEMARK_RENDER_THREADS_H

#include "base/json.h"
#include "render/paint.h"

/* "spawned at FILE:LINE  FUNCTION"; nothing when it is not known. */
void threads_origin(struct painter *p, const struct view_thread *thread);

/* Below a stack, at this column: a line about its threads, when all were begun by others. */
void threads_of_site(struct painter *p, const struct view *v, const struct view_site *site,
		     unsigned column);

/* The frames of the stacks below, marked as json_stacks_mark() does. */
void threads_json_mark(const struct view *v, uint32_t *numbers);

/* "threads": each place with what its threads did and where they were begun. */
void threads_json(struct json *j, const struct view *v, const uint32_t *numbers);

#endif
