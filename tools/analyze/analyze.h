/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a model and its names to a view: the one entry to analyze/.  Called by cmd/.  Does no I/O.
 * The model and the names must outlive the analysis.  Errors: -ENOMEM, -EOVERFLOW.
 */
#ifndef TIDEMARK_ANALYZE_ANALYZE_H
#define TIDEMARK_ANALYZE_ANALYZE_H

#include <stdbool.h>

#include "analyze/arena.h"
#include "analyze/filter.h"
#include "reader/model.h"
#include "reader/names.h"
#include "view.h"

/* A moment to tell of. */
struct analyze_moment {
	bool given;
	uint64_t us;
	size_t mark; /* mark - 1; 0 = at us */
};

struct analyze_options {
	const char *path;    /* of the recording */
	const char *version; /* of the command */
	const char *notes;   /* of symbolize(), one a line */
	enum view_alive alive;
	enum view_by by;
	enum view_shape shape;
	bool sorted; /* by `sort` alone; else all tables, each in its own order */
	enum view_sort sort;
	const struct filter *filter;
	size_t limit;	      /* rows of a table */
	size_t site_limit;    /* sites that a machine-readable report lists */
	double smallest_part; /* of the whole, that is worth a row */
	uint32_t depth;	      /* lines of a stack, or levels of a tree */
	uint32_t depth_after; /* the same in the tables after the first */
	bool listing;	      /* what each line of a source file holds */
	const char *function; /* the same of this function alone, or NULL */
	bool all_frames;      /* hide nothing, fold nothing */
	struct analyze_moment at;
	struct analyze_moment since; /* tell what has grown from then to `at` */
	size_t advice_limit;	     /* pieces of advice, 0 = none */
	bool leaks_alone;	     /* no tables but those of the leaks */
	bool show_reachable;	     /* a table of what is still pointed to, after the leaks */
};

struct analysis {
	struct view view;
	struct arena arena;
	uint8_t *kinds;		    /* of the view's frames */
	uint32_t *ids;		    /* site of the model -> site of the view + 1, 0 = not in it */
	struct view_sums unmatched; /* held back by the filter */
	size_t unmatched_count;
};

int analyze(struct analysis *a, const struct model *m, const struct names *names,
	    const struct analyze_options *options);
void analyze_free(struct analysis *a);

#endif
