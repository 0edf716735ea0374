/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a recorded process's resident memory is made of: its mappings, sorted by kind, beside what
 * its recording says is live at that moment.  Called by watch.c.
 */
#ifndef TIDE_RUN_ACCOUNT_H
#define TIDE_RUN_ACCOUNT_H

#include "run/sampler.h"

/*
 * @recording is a descriptor of the file; @seen gets PSS, USS and swap.  False when the process or
 * its recording is gone.
 */
bool account_draw_up(pid_t pid, int recording, struct account *a, struct series_sample *seen);

#endif
