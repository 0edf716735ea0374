/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Recordings after the run: how each ended, and the way from the live directory to the user's
 * place.  Called by cmd/run.c.  Errors: a negative errno with a message; what could not be moved
 * stays where it is, and its path says so.
 */
#ifndef TIDE_RUN_HARVEST_H
#define TIDE_RUN_HARVEST_H

#include <stdbool.h>
#include <stddef.h>

#include "run/place.h"
#include "run/recording.h"

struct harvest {
	struct recording *items; /* by start; path is where each is now */
	bool *running;		 /* of each: its process goes on */
	size_t count;
	size_t ended;
	char directory[PATH_MAX]; /* made for several recordings, else empty */
};

/* Finds them. */
int harvest_collect(struct harvest *h, const char *live, struct err *e);

/* What is known about the end of the program that the user started. */
struct ending {
	pid_t pid;
	int signo;		 /* that killed it, or 0 */
	uint64_t rss_peak_bytes; /* for a run too short to be watched */
};

/* Writes the end into each recording that has none. */
void harvest_settle(struct harvest *h, const struct ending *end);

/* Moves those whose process is gone; @program and @pid are of what the user started. */
int harvest_move(struct harvest *h, const struct place *p, const char *program, pid_t pid,
		 struct err *e);

/* True when nothing was seen of any process, though there may be recordings. */
bool harvest_is_empty(const struct harvest *h);

void harvest_free(struct harvest *h);

/* The recording with the largest peak among those that ended, NULL without one. */
const struct recording *harvest_largest(const struct harvest *h);

#endif
