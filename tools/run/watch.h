/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * While programs run: samples them, and writes their RSS into their recordings, so that the library
 * need not ask the kernel.  Called by cmd/run.c at every tick.  Nothing here fails: what cannot be
 * watched is not.
 */
#ifndef TIDE_RUN_WATCH_H
#define TIDE_RUN_WATCH_H

#include <limits.h>
#include <stddef.h>
#include <time.h>
#include <sys/types.h>

#include "run/sampler.h"

#define WATCH_MOST 128 /* more processes than these at a time go without */

struct watch {
	const char *directory;
	struct timespec changed; /* when the directory was, as last looked at */
	struct sampler sampler;
	uint32_t ticks;
	size_t count;
	struct watched {
		int fd;
		pid_t pid;
		ino_t inode;
		struct tide_header *header; /* mapped; NULL = could not be */
		int64_t live_bytes;	    /* at the last look */
	} items[WATCH_MOST];
};

void watch_open(struct watch *w, const char *directory, pid_t root, uint64_t interval_us,
		bool children);
/* Microseconds until it wants to be called again; earlier does no harm. */
uint64_t watch_tick(struct watch *w);
/* The samples stay in the sampler. */
void watch_close(struct watch *w);

#endif
