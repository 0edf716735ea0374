/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One line on the terminal that says what takes so long: on stderr, only when that is a terminal,
 * and only after half a second.  For commands.
 */
#ifndef TIDE_CMD_PROGRESS_H
#define TIDE_CMD_PROGRESS_H

#include <stdbool.h>
#include <time.h>

struct progress {
	struct timespec start;
	bool shown;
};

void progress_begin(struct progress *p);
/* Replaces the line. */
void progress_show(struct progress *p, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Takes the line away. */
void progress_end(struct progress *p);

#endif
