/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which process of an old run is which of a new one.  For diff.c.  Prints messages; returns an exit
 * status.
 */
#ifndef TIDE_CMD_DIFF_PAIRS_H
#define TIDE_CMD_DIFF_PAIRS_H

#include <stddef.h>

#include "cmd/find.h"
#include "view_diff.h"

struct diff_pairs {
	struct find_list lists[2]; /* old and new */
	struct diff_process *processes[2];
	size_t counts[2];
	struct view_pair *pairs; /* the largest change of the peak first */
	size_t count;
};

/*
 * Recordings or directories of them.  One process on each side is a pair whatever it is; of
 * several, those of the same program and arguments, then of the same program, in the order they
 * started.
 */
int diff_pairs_find(struct diff_pairs *p, const char *old_path, const char *new_path);
void diff_pairs_free(struct diff_pairs *p);

#endif
