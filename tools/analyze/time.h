/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The view's history, marks and processes, and the moment asked for.  For analyze.c, when the sites
 * are in their order.  Errors: -ENOMEM.
 */
#ifndef TIDEMARK_ANALYZE_TIME_H
#define TIDEMARK_ANALYZE_TIME_H

#include "analyze/analyze.h"

int time_fill(struct analysis *a, const struct model *m, const struct analyze_options *options);

#endif
