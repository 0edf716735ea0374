/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The stacks of all matched sites as a tree, from the start of the program inwards (top-down) or
 * from the allocating function outwards (bottom-up).  For analyze.c.
 *   a node's sums = its own sites' + its children's (top-down)
 * Frames of one function are one node; recursion is folded.  Errors: -ENOMEM.
 */
#ifndef TIDEMARK_ANALYZE_TREE_H
#define TIDEMARK_ANALYZE_TREE_H

#include "analyze/analyze.h"

int tree_fill(struct analysis *a, const struct analyze_options *options);

#endif
