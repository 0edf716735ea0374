/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finds names for the frames of a model.  Called by cmd/.  Works module by module and frees each
 * before the next.  A file that is not the one recorded is never used: its frames stay numbers, and
 * a note says so.  Errors: -ENOMEM, -EOVERFLOW; all else becomes a note, one line each.
 */
#ifndef TIDEMARK_SYMBOLIZE_SYMBOLIZE_H
#define TIDEMARK_SYMBOLIZE_SYMBOLIZE_H

#include <stdbool.h>

#include "base/buf.h"
#include "reader/model.h"
#include "reader/names.h"

struct symbolize_options {
	const char *sysroot;	     /* NULL: this machine */
	const char *debug_path;	     /* directories before the usual ones, ':' between, or NULL */
	const char *cache_directory; /* NULL: no cache */
	bool debuginfod;	     /* names may have come into reach since they were cached */
	const bool *only;	     /* one for each frame: whether it is wanted; NULL: all are */
	/* Called before each module that has to be opened; may be NULL. */
	void (*progress)(void *user, size_t done, size_t modules, const char *path);
	void *user;
};

int symbolize(const struct model *m, const struct symbolize_options *options, struct names *names,
	      struct buf *notes);

#endif
