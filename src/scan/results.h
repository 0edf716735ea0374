/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writes what a scan has found into the recording: sums per site and class, some blocks of each
 * site, and who holds them.  For worker.c.  The chunks are there already: see scan.c.
 */
#ifndef SRC_SCAN_RESULTS_H
#define SRC_SCAN_RESULTS_H

#include "sys.h"

#define RESULTS_BLOCKS	4096u  /* in all, number 0 included */
#define RESULTS_HOLDERS 32768u /* the same */

/* False when there was no memory. */
bool results_write(void);

#endif
