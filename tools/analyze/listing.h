/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What each line of a source file, or of one function, holds.  For analyze.c.
 * In a file a site counts at the first frame shown that has a line; in a function at its innermost
 * frame of that function, so that a line has what the functions it calls hold.  Errors: -ENOMEM.
 */
#ifndef TIDEMARK_ANALYZE_LISTING_H
#define TIDEMARK_ANALYZE_LISTING_H

#include "analyze/analyze.h"

/* Sets listings and listing_count of the view, the file that holds most first. */
int listing_fill(struct analysis *a, const struct analyze_options *options);

/* Whether "package.module.Class.method", or an end of it, means the function of this frame. */
bool listing_is_function(const char *wanted, const struct view_frame *frame);

#endif
