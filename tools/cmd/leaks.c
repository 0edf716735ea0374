/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tidemark leaks: looks for leaks in a running program, and tells. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd/cmd.h"
#include "cmd/request.h"
#include "cmd/show.h"

#define POLL_MS	      20
#define SAY_AFTER_MS  1000
#define WAIT_FIRST_MS 600000 /* when no --timeout is given */

struct asked {
	const char *since;
	bool show_reachable;
	uint64_t limit;
};

/* The time of a snapshot of the same run, in its milliseconds. */
static int read_since(const struct ask *a, const char *path, uint32_t *since_ms)
{
	struct model m;
	int status = show_load(path, &m);

	if (status)
		return status;
	if (m.pid != a->header->pid || m.start_unix_ns != a->header->start_unix_ns) {
		cmd_say("%s: is of another run than process %d; tidemark snapshot %d makes one",
			path, (int)a->pid, (int)a->pid);
		status = EXIT_USAGE;
	}
	*since_ms = (uint32_t)(m.duration_us / 1000);
	model_free(&m);
	return status;
}

/* The scan is under way; it needs the program to call once more. */
static int wait_for_scan(const struct ask *a, uint32_t before, uint64_t most_ms)
{
	const struct timespec pause = { .tv_nsec = POLL_MS * 1000000 };
	const struct tide_scan *scan = &a->header->scan;
	uint64_t waited_ms;

	for (waited_ms = 0; waited_ms < most_ms; waited_ms += POLL_MS) {
		/* Before the other: what has ended may have been looked at just before. */
		bool ended = __atomic_load_n(&a->header->state, __ATOMIC_ACQUIRE) != TIDE_RUNNING;

		if (__atomic_load_n(&scan->number, __ATOMIC_ACQUIRE) != before &&
		    __atomic_load_n(&scan->state, __ATOMIC_ACQUIRE) != TIDE_SCAN_RUNNING)
			return EXIT_SUCCESS;
		if (ended) {
			cmd_say("process %d has ended meanwhile", (int)a->pid);
			return EXIT_USAGE;
		}
		if (waited_ms == SAY_AFTER_MS)
			cmd_say("the scan of process %d is not over; it goes on at its next "
				"allocation or free; Ctrl-C gives up",
				(int)a->pid);
		nanosleep(&pause, NULL);
	}
	cmd_say("process %d did not come to the end of the scan in time", (int)a->pid);
	return EXIT_USAGE;
}

static int show(const struct ask *a, const struct asked *asked)
{
	struct render_context context = {
		.out = stdout,
		.style = show_style(1),
		.version = PACKAGE_VERSION,
	};
	struct show_options how;
	struct model model;
	int status = show_load(a->path, &model);

	if (status)
		return status;
	show_defaults(&how);
	how.analyze.leaks_alone = true;
	how.analyze.show_reachable = asked->show_reachable;
	if (asked->limit)
		how.analyze.limit = asked->limit;
	status = show_model(a->path, &model, &how, &render_text, &context);
	model_free(&model);
	return status;
}

static int look(struct ask *a, const struct request_options *o, const struct asked *asked)
{
	uint32_t since_ms = 0, before;
	int status;
	struct err e;

	if (ask_open(a, o->pid, &e) < 0)
		return cmd_fail(EXIT_USAGE, &e);
	status = asked->since ? read_since(a, asked->since, &since_ms) : EXIT_SUCCESS;
	before = a->header->scan.number;
	a->header->scan.since_asked_ms = since_ms;
	ask_close(a);
	if (!status)
		status = request_make(a, o, TIDE_CONTROL_SCAN, NULL);
	if (!status)
		status = wait_for_scan(a, before,
				       o->timeout_s ? o->timeout_s * 1000 : WAIT_FIRST_MS);
	return status ? status : show(a, asked);
}

static int run_leaks(int argc, char **argv)
{
	struct asked asked = { .since = NULL };
	const struct opt options[] = {
		OPT_STRING("since", 0, &asked.since, "SNAPSHOT",
			   "only blocks born after this copy of the recording"),
		OPT_FLAG("show-reachable", 0, &asked.show_reachable,
			 "a table of what is not freed but still pointed to"),
		OPT_NUMBER("limit", 'n', &asked.limit, 1, UINT32_MAX, "N", "rows of a table (10)"),
		OPT_END
	};
	const struct opt_table table = {
		.command = "leaks",
		.synopsis = "[options] PID",
		.summary =
			"Looks for leaks in the running process PID, and tells.  The program goes "
			"on; it is copied twice, and what neither copy can reach is lost.",
		.options = options,
	};
	struct request_options o;
	struct ask a = { .header = NULL };
	int status;

	if (!request_parse(&table, argc, argv, &o, &status))
		return status;
	status = look(&a, &o, &asked);
	ask_close(&a);
	return status;
}

const struct command command_leaks = {
	"leaks",
	"looks for leaks in a running program",
	run_leaks,
};
