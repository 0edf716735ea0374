/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What /proc says of one thread: which signals it must not be sent, and how many seccomp filters it
 * has.  For park.c.
 */
#ifndef SRC_SCAN_STATUS_H
#define SRC_SCAN_STATUS_H

#include "sys.h"

struct status {
	uint64_t blocked; /* all of them while it waits for some: those then look as if unblocked */
	uint64_t seccomp_filters;
};

/* Of a thread of this process, 0 = the calling one.  False when it is not to be had. */
bool status_read(int tid, struct status *status);

#endif
