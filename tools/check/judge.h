/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One process against the limits.  Called by cmd/ for each recording that is to be judged.
 * What is suppressed leaves the books first, with the indirect leaks that are known to hang on it;
 * what is in the baseline is excused next; the rest is held against the limits.
 * A leak limit that the scan could not serve is unmeasured, never passed.  Errors: -ENOMEM.
 */
#ifndef TIDEMARK_CHECK_JUDGE_H
#define TIDEMARK_CHECK_JUDGE_H

#include "analyze/arena.h"
#include "check/baseline.h"
#include "check/limits.h"
#include "check/suppress.h"
#include "verdict.h"
#include "view.h"

/* How much more of a known leak is still the known leak. */
#define JUDGE_SLACK 0.1

/* Growth that is due to a longer path or environment, and nobody's fault. */
#define JUDGE_NOISE_BYTES 4096u
#define JUDGE_NOISE_CALLS 64u

struct judge_options {
	struct limits *limits;
	struct suppressions *suppressions;
	struct baseline *baseline; /* NULL: none */
	const char *root;	   /* directory that files are shown relative to */
};

/* The process has what select.h fills in; the view shows all that leaks, unfiltered. */
int judge(struct verdict_process *p, const struct view *v, const struct judge_options *o,
	  struct arena *arena);

#endif
