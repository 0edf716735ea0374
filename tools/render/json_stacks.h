/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sums, modules, frames and stacks as all JSON has them.  For the renderers of JSON.
 *
 * Each frame that is named by a stack stands in "frames" once: json_stacks_mark() for each stack,
 * then json_frames(), then json_stack() for each.  numbers[] is zeroed and has one for each frame
 * of the view; it says where the frame stands in the document, counted from 1.
 */
#ifndef TIDEMARK_RENDER_JSON_STACKS_H
#define TIDEMARK_RENDER_JSON_STACKS_H

#include "base/json.h"
#include "view.h"

/* Members of the object that is open. */
void json_sums(struct json *j, const struct view_sums *s);
void json_modules(struct json *j, const struct view *v);

void json_stacks_mark(const struct view *v, const struct view_site *s, uint32_t *numbers);
void json_frames(struct json *j, const struct view *v, uint32_t *numbers);
/* "stack" and "shown". */
void json_stack(struct json *j, const struct view *v, const struct view_site *s,
		const uint32_t *numbers);

#endif
