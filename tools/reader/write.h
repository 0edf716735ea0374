/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writes what was read as a recording of its own: checked, sealed, and no larger than it must be.
 * For copies of recordings that are still being written.  Errors: those of the system, a message.
 */
#ifndef TIDEMARK_READER_WRITE_H
#define TIDEMARK_READER_WRITE_H

#include "base/err.h"
#include "reader/reader.h"

/* From the descriptor's position on, which must be a file's beginning. */
int reader_write(const struct reader *r, int fd, struct err *fault);

#endif
