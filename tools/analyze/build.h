/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The view's frames, stacks and sites, before anything is counted.  For analyze.c.
 * Errors: -ENOMEM, -EOVERFLOW.
 */
#ifndef TIDEMARK_ANALYZE_BUILD_H
#define TIDEMARK_ANALYZE_BUILD_H

#include "analyze/analyze.h"

int build_frames(struct analysis *a, const struct model *m, const struct names *names);
int build_sites(struct analysis *a, const struct model *m, const struct names *names,
		const struct analyze_options *options);
int build_modules(struct analysis *a, const struct model *m);

#endif
