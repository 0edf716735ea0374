/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From views to a plot.  Called by cmd/plot.c.  Errors: -ENOMEM. */
#ifndef TIDEMARK_PLOT_COLLECT_H
#define TIDEMARK_PLOT_COLLECT_H

#include "plot/plot.h"
#include "view.h"

/* One recording: its largest sites stacked, what was live, RSS, marks, the peak. */
int collect_one(struct plot *p, const struct view *v);

/*
 * One of several: a line of what was live, @offset_s later than its own time says, and the marks
 * with @first.
 */
int collect_line(struct plot *p, const struct view *v, double offset_s, bool first);

/* The sum of RSS over the tree, when the view has one. */
int collect_tree(struct plot *p, const struct view *v);

#endif
