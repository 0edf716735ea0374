/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The head of a report: what ran, what it used, and what a reader must know before believing the
 * rest.  For analyze.c.  Errors: -ENOMEM.
 */
#ifndef TIDEMARK_ANALYZE_FACTS_H
#define TIDEMARK_ANALYZE_FACTS_H

#include "analyze/analyze.h"

int facts_fill(struct analysis *a, const struct model *m, const struct analyze_options *options);
int facts_warn(struct analysis *a, const struct model *m, const struct analyze_options *options);

#endif
