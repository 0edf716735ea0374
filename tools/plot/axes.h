/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Round numbers along an axis, and how they are written.  For draw.c and braille.c. */
#ifndef TIDEMARK_PLOT_AXES_H
#define TIDEMARK_PLOT_AXES_H

#include "base/util.h"

/* The distance of ticks that makes @most of them or fewer up to @end. */
double axes_step_bytes(double end, unsigned most);
double axes_step_s(double end, unsigned most);

/* "40 MiB"; "1.5 s", "250 ms", "2:30" min, "3:00 h", by the size of the step. */
struct util_text axes_bytes(double bytes);
struct util_text axes_s(double s, double step);

#endif
