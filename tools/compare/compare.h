/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From two views to their difference: the one entry to compare/.  Called by cmd/.  Does no I/O.
 * Both views must hold all sites (no filter, by site) or all groups; they must outlive the
 * comparison.  Errors: -ENOMEM, -EOVERFLOW.
 */
#ifndef TIDEMARK_COMPARE_COMPARE_H
#define TIDEMARK_COMPARE_COMPARE_H

#include <stdbool.h>

#include "analyze/analyze.h"
#include "analyze/arena.h"
#include "view_diff.h"

struct compare_options {
	enum view_by by; /* what the views are by */
	bool sorted;	 /* by `sort` alone; else tables of the peak and of what is live */
	enum view_sort sort;
	const struct filter *filter; /* of sites; by group it was the analysis's */
	size_t limit;		     /* rows of a table */
	double smallest_part;	     /* of all changes, that is worth a row */
	int64_t threshold;	     /* in what the table is about: smaller changes have no row */
	double threshold_part;	     /* the same as a part of the old sum */
	bool every_change;	     /* a row for whatever changed at all, in any number */
	bool every_row;		     /* and for what did not */
	uint32_t depth;
	bool all_frames;
};

struct comparison {
	struct view_diff view;
	struct arena arena;
};

int compare(struct comparison *c, const struct analysis *before, const struct analysis *after,
	    const struct compare_options *options);
void compare_free(struct comparison *c);

#endif
