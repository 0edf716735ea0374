/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Paths as the verdict shows them.  For judge.c and cmd/.  Works on the text alone: files of
 * another machine may be meant.
 */
#ifndef TIDEMARK_CHECK_PATH_H
#define TIDEMARK_CHECK_PATH_H

#include <stdbool.h>

#include "base/buf.h"

/* Replaces what is in the buffer by the path without "//", "/./" and "/x/../". */
void path_plain(const char *path, struct buf *out);

/* The part behind the directory, or NULL when the plain path does not lie below it. */
const char *path_below(const char *path, const char *directory);

#endif
