/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A file of /proc/PID, whole.  For the rest of proc/.  Errors: a negative errno; -ESRCH when the
 * process is gone, -EACCES when it is another user's.
 */
#ifndef TIDE_PROC_READ_H
#define TIDE_PROC_READ_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"

/* Replaces what is in the buffer; what is read ends with NUL. */
int proc_read(pid_t pid, const char *file, struct buf *out);

/* What to tell a user who asked for this process: the reason and the remedy. */
struct err;
int proc_fail(pid_t pid, int error, struct err *e);

#endif
