/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A recording that may still be written, named by its file or by its process.  For the commands
 * that look at running programs.  Prints messages; returns an exit status.
 */
#ifndef TIDE_CMD_LIVE_H
#define TIDE_CMD_LIVE_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "reader/reader.h"

/* All digits and no such file: a process.  Else the file itself. */
int live_find(const char *word, char path[PATH_MAX]);

/* Read as it is now; of a running process with the time and its RSS of now. */
int live_open(struct reader *r, const char *path, bool *is_alive);

/* The caller's processes that are being recorded, as "12 (sh), 14 (cc1)"; the first, 0 for none. */
pid_t live_list(struct buf *words);

#endif
