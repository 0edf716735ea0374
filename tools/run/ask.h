/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Asking a recorded process for something from outside: its recording is found through the mappings
 * of the process, and a request is a bit in it (enum tide_control), served at the program's next
 * allocation or free.  Called by the commands on, off, leaks, mark and those that look at a running
 * process.
 * Errors: a negative errno with a message: -ESRCH no such process, -ENOENT not recorded, -EACCES.
 */
#ifndef TIDE_RUN_ASK_H
#define TIDE_RUN_ASK_H

#include <limits.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "tidemark/profile.h"

struct ask {
	pid_t pid;
	char path[PATH_MAX]; /* of the recording, as it can be opened here */
	struct tide_header *header;
	uint32_t request;
	uint32_t served_before;
};

int ask_open(struct ask *a, pid_t pid, struct err *e);
void ask_close(struct ask *a);

/* Only where the recording of a live process is. */
int ask_find(char *path, size_t size, pid_t pid, struct err *e);

/* @mark_text goes with TIDE_CONTROL_MARK; it is cut to what the header has room for. */
int ask_send(struct ask *a, uint32_t request, const char *mark_text, struct err *e);

/* 0 when it is served, -ETIMEDOUT, -ESRCH when the process is gone. */
int ask_wait(struct ask *a, uint64_t timeout_ms);

/* Take back what has not been served. */
void ask_withdraw(struct ask *a);

#endif
