/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What each thread did at each site of the view.  For analyze.c.  Errors: -ENOMEM.
 */
#ifndef TIDEMARK_ANALYZE_SHARES_H
#define TIDEMARK_ANALYZE_SHARES_H

#include "analyze/analyze.h"

/* After the sites have their order. */
int shares_fill(struct analysis *a, const struct model *m);

#endif
