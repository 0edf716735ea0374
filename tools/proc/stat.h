/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who a process is: /proc/PID/stat.  For tree.c, run/ and cmd/.  Errors: as read.h.
 */
#ifndef TIDE_PROC_STAT_H
#define TIDE_PROC_STAT_H

#include <stdint.h>
#include <sys/types.h>

struct proc_stat {
	pid_t pid;
	pid_t parent;
	char state; /* R, S, D, Z for a zombie, ... */
	uint32_t threads;
	uint64_t start_ticks; /* since boot: with the pid it names a process for ever */
	char name[64];	      /* of the program, as the kernel cuts it */
};

int proc_stat_read(pid_t pid, struct proc_stat *s);

#endif
