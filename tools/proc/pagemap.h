/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which pages of a process are in memory, one by one: /proc/PID/pagemap.  For run/, where smaps is
 * too coarse: the kernel has one mapping for neighbours that were mapped one by one.
 */
#ifndef TIDE_PROC_PAGEMAP_H
#define TIDE_PROC_PAGEMAP_H

#include <stdint.h>
#include <sys/types.h>

/* -1 when it may not be read. */
int pagemap_open(pid_t pid);

/* Resident bytes of [first, last), whole pages; 8 bytes are read for each.  -1: cannot tell. */
int64_t pagemap_resident(int pagemap, uint64_t first, uint64_t last);

#endif
