/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Adds what was seen of a process from outside to its recording, when that has an end.  Called by
 * cmd/run.c.  Errors: a negative errno; the recording is as it was then.
 */
#ifndef TIDE_RUN_APPEND_H
#define TIDE_RUN_APPEND_H

#include "run/harvest.h"
#include "run/sampler.h"

/*
 * To the recording at @at: the samples of its own process that were taken while it was written;
 * to those of the program itself, @root, also the sum over the tree and the largest of the others.
 */
int append_series(const struct harvest *h, size_t at, const struct sampler *s, pid_t root);

#endif
