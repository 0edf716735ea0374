/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What "mprof run" would have left: a file of that name here.  For run.c; says what went wrong. */
#ifndef TIDE_CMD_RUN_MPROF_H
#define TIDE_CMD_RUN_MPROF_H

#include "run/harvest.h"

/* Of the program itself, @root. */
void run_mprof(const struct harvest *h, pid_t root);

#endif
