/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tidemark mark: give the present moment of a running program a name. */
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/request.h"
#include "run/ask.h"

static int run(int argc, char **argv)
{
	const struct opt_table table = {
		.command = "mark",
		.synopsis = "[options] PID TEXT",
		.summary = "Gives the present moment of process PID a name, with what is live and "
			   "who holds it.  It is noted at the program's next allocation or free.",
	};
	struct request_options o;
	struct ask a;
	int status;

	if (!request_parse(&table, argc, argv, &o, &status))
		return status;
	if (!o.rest[0] || !*o.rest[0] || o.rest[1]) {
		cmd_say("%s; type tidemark mark %d 'TEXT'",
			o.rest[0] && *o.rest[0] ? "one text at a time" : "a mark needs a text",
			(int)o.pid);
		return EXIT_USAGE;
	}
	if (strlen(o.rest[0]) >= TIDE_MARK_BYTES)
		cmd_say("the text is cut after %u bytes", TIDE_MARK_BYTES - 1);
	status = request_make(&a, &o, TIDE_CONTROL_MARK, o.rest[0]);
	if (status == EXIT_SUCCESS && a.header->times.marks_dropped &&
	    a.header->times.marks == TIDE_MARKS_MOST) {
		cmd_say("process %d has as many marks as there may be, %u", (int)a.pid,
			TIDE_MARKS_MOST - 1);
		status = EXIT_USAGE;
	}
	ask_close(&a);
	return status;
}

const struct command command_mark = {
	"mark",
	"give the present moment of a running program a name",
	run,
};
