/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rows by function, line, file, module or thread: a site counts for the first frame shown.
 * For analyze.c.  Only sites that the filter let through are in a group.  Errors: -ENOMEM.
 */
#ifndef TIDEMARK_ANALYZE_GROUP_H
#define TIDEMARK_ANALYZE_GROUP_H

#include "analyze/analyze.h"

int group_sites(struct analysis *a, const struct model *m, enum view_by by, struct view_row **rows,
		size_t *count);

#endif
