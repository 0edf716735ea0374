/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A leak scan in the middle of a run.  For scan.c, and for control.c, which calls from a hook.
 *
 * The program is not stopped: it is copied, and if the copy cannot reach all blocks, copied once
 * more some time later; only what neither can reach is reported.  A block that is just being handed
 * over, or held by a register that cannot be seen, is not in the same state twice.  The copies are
 * waited for by nobody: the last one writes the results.  They are collected at later calls of the
 * program, or when it ends.
 */
#ifndef SRC_SCAN_DEMAND_H
#define SRC_SCAN_DEMAND_H

#include "sys.h"

/*
 * From a hook, outside of its own work: begins a scan if `asked`, or goes on with one.  True while
 * there is more to do: it wants to be called again.
 */
bool scan_on_demand(bool asked);

/* The process ends: what is still under way is given up. */
void demand_give_up(void);

void demand_after_fork(void);

/* In the first copy: tell the second one what could not be reached; false when all was. */
bool demand_tell(void);

/* In the second: wait for that, false when it takes too long; then, was this block not reached? */
bool demand_wait(void);
bool demand_agrees(uint64_t key);

#endif
