/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where libtidemark.so is: TIDEMARK_LIBRARY if set, the build tree's when this command runs from
 * there, else the installed one.  Called by cmd/run.c.
 * Errors: -ENOENT or -EINVAL with a remedy.
 */
#ifndef TIDE_RUN_LIBRARY_H
#define TIDE_RUN_LIBRARY_H

#include <stddef.h>

#include "base/err.h"

int library_find(char *path, size_t size, struct err *e);

/* The value for LD_PRELOAD: ours, then what the user has there. */
int library_preload(char *value, size_t size, const char *library, struct err *e);

/* Whether libunwind, which --verify compares with, can be loaded: 0 or -ENOENT. */
int library_check_unwind(struct err *e);

#endif
