/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who held what was live, at every row of the timeline: for areas one upon the other, the topmost
 * of which ends at the line of what was live.  For time.c, after the history.
 *
 * Sites are known at the rows of the history and at the peak, which are fewer.  In between, the
 * bytes of a site go from those of the one row to those of the next as what was live did; what was
 * live above both is the others', below both each has its share of the smaller.  Errors: -ENOMEM.
 */
#ifndef TIDEMARK_ANALYZE_AREAS_H
#define TIDEMARK_ANALYZE_AREAS_H

#include "analyze/analyze.h"

int areas_fill(struct analysis *a, const struct model *m);

#endif
