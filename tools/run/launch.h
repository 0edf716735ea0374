/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Starts the program and stands in for it: signals sent to us go to it, its end is ours.
 * Called by cmd/run.c.  Errors: a negative errno with a message.
 */
#ifndef TIDE_RUN_LAUNCH_H
#define TIDE_RUN_LAUNCH_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct launch_variable {
	const char *name;
	const char *value;
};

struct launch {
	pid_t pid;
	int wait_status;
	uint64_t rss_peak_bytes;   /* of the program and the children it waited for */
	sigset_t mask;		   /* the caller's, for the program */
	struct sigaction on_child; /* the same */
};

/* @variables end with a NULL name; @path is executed with @argv. */
int launch_start(struct launch *l, const char *path, char **argv,
		 const struct launch_variable *variables, struct err *e);

/*
 * Until the program ends; calls @tick, which says in microseconds when it wants to be called again,
 * and with each signal.
 */
void launch_wait(struct launch *l, uint64_t (*tick)(void *), void *argument);

/* Number of the signal that ended the program, 0 if none did. */
int launch_signal(const struct launch *l);

/*
 * Ends this process as the program ended: its status, or its signal, so that a shell sees what it
 * would have seen.  Does not return.
 */
void launch_end_alike(const struct launch *l) __attribute__((noreturn));

#endif
