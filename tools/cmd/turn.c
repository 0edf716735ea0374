/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tidemark on, tidemark off: have a running program recorded, or not. */
#include <errno.h>
#include <stdlib.h>

#include "base/util.h"
#include "cmd/cmd.h"
#include "cmd/request.h"
#include "run/ask.h"

static int say_state(const struct ask *a, bool on)
{
	const struct tide_header *h = a->header;

	printf("process %d: recording is %s; %s live in the books\n", (int)a->pid,
	       on ? "on" : "off",
	       util_bytes(__atomic_load_n(&h->pulse.live_bytes, __ATOMIC_RELAXED)).text);
	return EXIT_SUCCESS;
}

static int turn(int argc, char **argv, bool on)
{
	const struct opt_table table = {
		.command = on ? "on" : "off",
		.synopsis = "[options] PID",
		.summary = on ? "Goes on recording the blocks that process PID allocates."
			      : "Records no new block of process PID until tidemark on; the end of "
				"known ones is still seen.",
	};
	struct request_options o;
	struct ask a;
	int status;

	if (!request_parse(&table, argc, argv, &o, &status))
		return status;
	status = request_make(&a, &o, on ? TIDE_CONTROL_TURN_ON : TIDE_CONTROL_TURN_OFF, NULL);
	if (status == EXIT_SUCCESS)
		status = say_state(&a, on);
	ask_close(&a);
	return status;
}

static int run_on(int argc, char **argv)
{
	return turn(argc, argv, true);
}

static int run_off(int argc, char **argv)
{
	return turn(argc, argv, false);
}

const struct command command_on = {
	"on",
	"go on recording a running program",
	run_on,
};

const struct command command_off = {
	"off",
	"stop recording a running program for a while",
	run_off,
};
