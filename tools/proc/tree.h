/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Processes of the machine, and which descend from which.  For run/ and cmd/.
 * Errors: a negative errno.  Who has lost his parent is the kernel's child, not his grandfather's.
 */
#ifndef TIDE_PROC_TREE_H
#define TIDE_PROC_TREE_H

#include <stddef.h>

#include "proc/stat.h"

struct proc_tree {
	struct proc_node {
		struct proc_stat stat;
		uid_t owner;
		unsigned depth; /* below the root */
	} * list;
	size_t count;
	size_t room;
};

/* Everybody, in order of pids. */
int proc_tree_read(struct proc_tree *t);

/*
 * Of those, @root and all that descend from it, parents before children, each followed by its own.
 * A child older than its parent is none: the parent's number was used again.  -ESRCH without @root.
 */
int proc_tree_below(const struct proc_tree *all, pid_t root, struct proc_tree *below);

void proc_tree_free(struct proc_tree *t);

#endif
