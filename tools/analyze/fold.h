/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which frames of a stack a reader cares for.  For the other files of analyze/.
 * Hidden are, at the inner end, the allocator and what only passes memory on (operator new, the
 * standard containers, xmalloc), at the outer end the start of the program or thread.  Something
 * always stays.  Of a stack with Python in it the lines of the script itself come first: machine
 * code and, while there are others, functions of the standard library and of installed packages
 * are hidden at both ends.  Nameless code of the C++ library is hidden where a thread starts only.
 * Recursion is folded to one round and a number.
 */
#ifndef TIDEMARK_ANALYZE_FOLD_H
#define TIDEMARK_ANALYZE_FOLD_H

#include <stdint.h>

#include "view.h"

enum fold_kind {
	FOLD_SHOWN,
	FOLD_INNER,
	FOLD_OUTER,
	FOLD_UNNAMED,
	FOLD_SCRIPT,
	FOLD_PACKAGE,
	FOLD_OURS, /* of the library that recorded: in no stack */
};

/* Of one frame, wherever it stands. */
enum fold_kind fold_kind(const struct view_frame *frame);

/* Sets shown and shown_count of the site; kinds are those of all frames of the view. */
void fold_ends(const uint8_t *kinds, const uint32_t *stack, struct view_site *site);

/* Whether two frames are of one function. */
int fold_same(const struct view_frame *a, const struct view_frame *b);

/* The shown frames with recursion folded, innermost first; room for shown_count lines. */
size_t fold_lines(const struct view_frame *frames, const uint32_t *stack,
		  const struct view_site *site, struct view_line *lines);

#endif
