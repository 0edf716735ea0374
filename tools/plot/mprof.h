/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What mprof of Python's memory_profiler has written.  Called by cmd/plot.c. */
#ifndef TIDEMARK_PLOT_MPROF_H
#define TIDEMARK_PLOT_MPROF_H

#include "base/err.h"
#include "plot/plot.h"

/* -EBADMSG when it is no such file; else a negative errno, in any case with a message. */
int mprof_read(struct plot *p, const char *path, struct err *e);

#endif
