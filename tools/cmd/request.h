/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the commands have in common that ask a running process for something: the process's number,
 * how long to wait, and what to say meanwhile.  Prints its own messages and returns exit statuses.
 */
#ifndef TIDE_CMD_REQUEST_H
#define TIDE_CMD_REQUEST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/opt.h"
#include "run/ask.h"

struct request_options {
	pid_t pid;
	uint64_t timeout_s;	 /* 0 = for ever */
	const char *const *rest; /* operands behind the number, ended by NULL */
};

/*
 * Parses "[options] PID …": those of @table, and --timeout.  True when the command is to go on,
 * else *@status is what it must return.
 */
bool request_parse(const struct opt_table *table, int argc, char **argv, struct request_options *o,
		   int *status);

/*
 * Asks and waits.  After a second it says on stderr that the program's next allocation is waited
 * for; when the time is up, or on Ctrl-C, the request is taken back.  With EXIT_SUCCESS @a stays
 * open; it may be closed in any case.
 */
int request_make(struct ask *a, const struct request_options *o, uint32_t request,
		 const char *mark_text);

#endif
