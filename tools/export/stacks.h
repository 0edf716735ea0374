/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The stacks of a view as a format spells them: each frame has a label, and sites whose labels are
 * the same are one stack, since most readers of such formats want each once.  For the formats.
 *   sum over stacks = sum over the view's sites; own peaks of joined sites count as the largest
 * Errors: -ENOMEM, -EOVERFLOW.
 */
#ifndef TIDEMARK_EXPORT_STACKS_H
#define TIDEMARK_EXPORT_STACKS_H

#include "base/buf.h"
#include "export/strings.h"
#include "view.h"

struct stack {
	struct view_sums sums;
	size_t first; /* in lines, innermost first */
	uint32_t count;
};

struct stacks {
	struct strings labels; /* the first one is none */
	uint32_t *frame_of;    /* a frame that has the label */
	uint32_t *lines;       /* labels */
	struct stack *list;    /* in the order of the sites */
	size_t count;
};

/* A site without a stack has one line, NAME_NO_STACK, whose frame is that with all fields NULL. */
int stacks_make(struct stacks *s, const struct view *v,
		void (*label)(struct buf *b, const struct view_frame *f));
void stacks_free(struct stacks *s);

/* The frame that has a label. */
const struct view_frame *stacks_frame(const struct stacks *s, const struct view *v, uint32_t label);

#endif
