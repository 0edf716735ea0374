/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the layers of a picture are called.  For collect.c. */
#ifndef TIDEMARK_PLOT_LAYERS_H
#define TIDEMARK_PLOT_LAYERS_H

#include "view.h"

/*
 * Of the nth of the view's areas: the function of the user's that allocates, as short as it stays
 * clear.  Where others have the same, with the caller in which they differ, the line, or the
 * number of the site.  To be freed; NULL without memory.
 */
char *layers_name(const struct view *v, size_t nth);

#endif
