/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The scan itself, in a copy of the process or, where none could be made, in the process.  Uses raw
 * system calls and its own mappings, nothing of libc's.  For scan.c.
 */
#ifndef SRC_SCAN_WORKER_H
#define SRC_SCAN_WORKER_H

#include <tidemark/profile.h>

/* As the job says; what it came to. */
enum tide_scan_state worker_run(void);

#endif
