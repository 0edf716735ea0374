/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Source files with what each line holds, beside it; and one function in the very layout of
 * memory_profiler.  For cmd/, in place of the report.
 */
#ifndef TIDEMARK_RENDER_LISTING_H
#define TIDEMARK_RENDER_LISTING_H

#include "render/render.h"

extern const struct render_ops render_listing;

#endif
