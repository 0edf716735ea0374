/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The leaks of one process, stack by stack: what is suppressed, what is in the baseline, what is
 * left.  For judge.c.  Errors: -ENOMEM.
 */
#ifndef TIDEMARK_CHECK_LEAKS_H
#define TIDEMARK_CHECK_LEAKS_H

#include "check/judge.h"

/* Fills in leaks, found, suppressed and excused of the process; none of them fails yet. */
int leaks_gather(struct verdict_process *p, const struct view *v, const struct judge_options *o,
		 struct arena *arena);

/* What is neither suppressed nor excused. */
struct verdict_amount leaks_left(const struct verdict_leak *leak, unsigned leak_class);

/* A limit of this class is exceeded by it: named by the gravest of those. */
void leaks_fail(struct verdict_leak *leak, unsigned leak_class);

/* Those that fail first, then by what they are, then the largest. */
void leaks_sort(struct verdict_process *p);

#endif
