/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Looks at a program before it is started: can a preloaded library record it at all?  Scripts are
 * followed to their interpreter.  Called by cmd/run.c.
 *
 * Errors: a negative errno with one sentence of reason and remedy.  -ENOENT and -EACCES are about
 * the file, -EISDIR a directory, -ELOOP a chain of scripts, -ENOTSUP all that cannot be recorded.
 */
#ifndef TIDE_RUN_TARGET_H
#define TIDE_RUN_TARGET_H

#include <limits.h>
#include <stdbool.h>

#include "base/err.h"

struct target {
	char path[PATH_MAX];   /* what to execute */
	char binary[PATH_MAX]; /* what will run: the same, or the interpreter of a script */
	bool own_malloc;       /* the binary defines malloc: the library will not be asked */
	bool no_malloc;	       /* the binary does not even mention malloc */
};

/* @name as typed: looked up along PATH unless it has a slash. */
int target_find(struct target *t, const char *name, struct err *e);

/* Judges @path, and what it leads to, alone.  target_find() ends with it. */
int target_inspect(struct target *t, const char *path, struct err *e);

#endif
