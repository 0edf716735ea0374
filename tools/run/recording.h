/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The header of a recording that lies in the live directory: enough to tell whose it is and to
 * write down how its program ended.  What is in the recording is for reader/ to say.
 * Called by watch.c, harvest.c, place.c and cmd/.  Errors: a negative errno; -EBADMSG for another
 * file.
 */
#ifndef TIDE_RUN_RECORDING_H
#define TIDE_RUN_RECORDING_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "tidemark/profile.h"

struct recording {
	char path[PATH_MAX];
	struct tide_header header;
};

int recording_read(struct recording *r, const char *path);

/* Whether the process that writes it still runs; a zombie does not, nor a later one of that pid. */
bool recording_is_alive(const struct recording *r);

/*
 * For a recording whose process is gone: writes @state and @status if the header still says
 * "running", and cuts the file to what is used.
 */
int recording_settle(struct recording *r, uint32_t state, int status);

/* Bytes of RSS now and at most, from /proc; false when the process is gone. */
bool recording_process_rss(pid_t pid, uint64_t *now_bytes, uint64_t *peak_bytes);

/* Recordings of a run in the order of their starts, for qsort(). */
int recording_by_start(const void *a, const void *b);

/* The largest peak tells of a run; of equal ones the first. */
bool recording_is_larger(const struct recording *a, const struct recording *b);

#endif
