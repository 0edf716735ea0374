/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A recording in about ten lines.  Called by cmd/run.c when the program has ended, on stderr, since
 * stdout is the program's.  Wants a view with the tables of the peak and of what lives at the end.
 */
#ifndef TIDE_RENDER_SUMMARY_H
#define TIDE_RENDER_SUMMARY_H

#include "render/render.h"

extern const struct render_ops render_summary;

#endif
