/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All that is known of one process's memory at one moment.  For cmd/.  Errors: as read.h.
 */
#ifndef TIDE_PROC_PROCESS_H
#define TIDE_PROC_PROCESS_H

#include "proc/smaps.h"
#include "proc/statm.h"
#include "proc/tree.h"

struct process {
	struct proc_node node;
	struct proc_memory memory;
	struct proc_share share;
	bool has_share; /* another user's is not ours to see */
	struct proc_maps maps;
	char *command; /* with its arguments, whatever is in them; [name] for a kernel thread */
};

/*
 * Fills in what @node names; with @maps its mappings too, a sum for each path, the largest RSS
 * first.  -EACCES when all but how it is shared could be read: the process is filled in then.
 */
int process_read(const struct proc_node *node, bool maps, struct process *p);
void process_free(struct process *p);

#endif
