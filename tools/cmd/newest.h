/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which recording is meant when none is named: of the run that began last, the process that
 * tidemark run names at its end.  For find.c.
 */
#ifndef TIDE_CMD_NEWEST_H
#define TIDE_CMD_NEWEST_H

#include <stddef.h>

/* The place of it among @paths; @count when none is a file, or without memory. */
size_t newest_of(char *const *paths, size_t count);

#endif
