/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A C++ or Rust function name short enough to read: without return type, parameters and long
 * template arguments.  For analyze/ and render/.  A C name stays as it is.
 */
#ifndef TIDEMARK_BASE_BRIEF_H
#define TIDEMARK_BASE_BRIEF_H

#include "base/buf.h"

/* Replaces what is in the buffer.  Returns its text. */
const char *brief_name(const char *function, struct buf *out);

#endif
