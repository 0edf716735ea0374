/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which calls make a copy of what they are given, by their names.  A name proves nothing by
 * itself: it counts where the block is as large as one that was live.  For the rest of advice/.
 */
#ifndef TIDEMARK_ANALYZE_ADVICE_COPIES_H
#define TIDEMARK_ANALYZE_ADVICE_COPIES_H

#include <stdbool.h>

#include "view.h"

enum copies {
	COPIES_NOT,
	COPIES_BY_NAME, /* so it is called: image_copy, copy_file, .copy() */
	COPIES_SURELY,	/* strdup and its like, a copy constructor, an assignment, clone */
};

enum copies copies_kind(const struct view_frame *frame);

#endif
