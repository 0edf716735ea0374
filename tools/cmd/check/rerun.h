/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs the program recorded, by way of `tidemark run`, into a directory of this gate's own.
 * For cmd/check/check.c.  Errors: a negative errno with a message.
 */
#ifndef TIDE_CMD_CHECK_RERUN_H
#define TIDE_CMD_CHECK_RERUN_H

#include "base/opt.h"
#include "run/launch.h"
#include "run/place.h"

struct rerun {
	struct launch launch; /* of `tidemark run`, which ends as the program does */
	struct place place;   /* its live directory, where what goes on is left behind */
	char directory[PATH_MAX];
	bool keep;
};

/* @keep is the user's directory for recordings, or NULL: they go when rerun_close() is called. */
int rerun_start(struct rerun *r, char **argv, const char *keep, const struct opt_list *options,
		struct err *e);
/* Processes that still run, and so have no recording in the directory. */
size_t rerun_running(const struct rerun *r);
void rerun_close(struct rerun *r);

#endif
