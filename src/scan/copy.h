/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A copy of the process for a scan to work in, and what is settled before it is made.  For scan.c
 * and demand.c.
 *
 * A raw clone with exit signal 0: no atfork handler runs, no SIGCHLD comes, and wait without
 * __WCLONE or __WALL does not find it.
 */
#ifndef SRC_SCAN_COPY_H
#define SRC_SCAN_COPY_H

#include "scan/job.h"

/* Note in the recording that a scan begins. */
void copy_begin_scan(uint32_t flags, uint32_t since_ms);

/* Fill in the job and make room for the results; false when there is none. */
bool copy_prepare(enum copy_kind kind);

/* The number of the copy, or a negative errno value. */
int copy_make(void);

/* What it came to; `done` is false while it is at work. */
enum tide_scan_state copy_reap(int pid, bool *done);

#endif
