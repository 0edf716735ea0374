/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How much memory a process has, by the kernel's own counters: /proc/PID/statm.  For run/ and cmd/.
 * Bytes.  Errors: as read.h.
 */
#ifndef TIDE_PROC_STATM_H
#define TIDE_PROC_STATM_H

#include <stdint.h>
#include <sys/types.h>

/* As psutil's memory_info() names them. */
struct proc_memory {
	uint64_t rss;
	uint64_t vms;
	uint64_t shared; /* resident and of files or shared memory */
	uint64_t text;
	uint64_t lib; /* 0 since Linux 2.6 */
	uint64_t data;
	uint64_t dirty; /* 0 since Linux 2.6 */
};

int proc_statm_read(pid_t pid, struct proc_memory *m);

/* The same from a descriptor kept open: one system call. */
int proc_statm_reread(int fd, struct proc_memory *m);

/* Memory of the machine, 0 when it cannot be told. */
uint64_t proc_machine_bytes(void);

#endif
