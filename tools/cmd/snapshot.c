/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tidemark snapshot: a copy of a recording as it is now. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/util.h"
#include "cmd/cmd.h"
#include "cmd/live.h"
#include "reader/write.h"

#define NAMES_TRIED 100

/* tidemark.PROGRAM.PID.20261121-093000.tide; of several in a second the later have a number. */
static int default_name(char *name, size_t size, const struct reader *r)
{
	const char *program = util_basename(reader_text(r, r->header.exe));
	time_t now = time(NULL);
	char when[32];
	struct tm local;
	int i, bytes;

	localtime_r(&now, &local);
	strftime(when, sizeof(when), "%Y%m%d-%H%M%S", &local);
	for (i = 1; i < NAMES_TRIED; i++) {
		bytes = snprintf(name, size, "tidemark.%s.%u.%s", program, r->header.pid, when);
		if (i > 1 && bytes > 0 && (size_t)bytes < size)
			bytes += snprintf(name + bytes, size - (size_t)bytes, "-%d", i);
		if (bytes < 0 || (size_t)bytes + 6 > size)
			return -ENAMETOOLONG;
		memcpy(name + bytes, ".tide", 6);
		if (access(name, F_OK) != 0)
			return 0;
	}
	return -EEXIST;
}

/* Written beside its place and moved there whole, so that nobody meets half of it. */
static int write_beside(const struct reader *r, const char *name, struct err *e)
{
	char temporary[PATH_MAX];
	int fd, err;

	if ((size_t)snprintf(temporary, sizeof(temporary), "%s.XXXXXX", name) >= sizeof(temporary))
		return err_set(e, -ENAMETOOLONG, "%s", strerror(ENAMETOOLONG));
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return err_set(e, -errno,
			       "cannot be written: %s; -o names a file in a directory that exists "
			       "and is yours",
			       strerror(errno));
	err = reader_write(r, fd, e);
	if (close(fd) != 0 && !err)
		err = err_set(e, -errno, "%s", strerror(errno));
	if (!err && rename(temporary, name) != 0)
		err = err_set(e, -errno, "%s", strerror(errno));
	if (err)
		unlink(temporary);
	return err;
}

/* The name alone goes to standard output, for $(tidemark snapshot PID). */
static void say(const struct reader *r, const char *name, bool is_alive)
{
	const struct tide_pulse *p = &r->header.pulse;

	printf("%s\n", name);
	fflush(stdout);
	fprintf(stderr, "tidemark: process %u, %s%s: %s live, %s at most\n", r->header.pid,
		is_alive ? "after " : "which is not running",
		is_alive ? util_duration(p->now_us).text : "", util_bytes(p->live_bytes).text,
		util_bytes(p->peak_bytes).text);
}

static int copy(struct reader *r, const char *output, bool is_alive)
{
	char name[PATH_MAX];
	struct err e = { .text = "" };
	int err;

	if (is_alive)
		r->header.flags |= TIDE_FLAG_SNAPSHOT;
	/* Nobody will serve them here. */
	r->header.pulse.control &= ~(uint32_t)TIDE_CONTROL_REQUESTS;
	if (output)
		err = (size_t)snprintf(name, sizeof(name), "%s", output) < sizeof(name)
			      ? 0
			      : -ENAMETOOLONG;
	else
		err = default_name(name, sizeof(name), r);
	if (err) {
		cmd_say("the copy can be given no name: %s; -o names it", strerror(-err));
		return EXIT_USAGE;
	}
	if (write_beside(r, name, &e)) {
		cmd_say("%s: %s", name, e.text);
		return EXIT_USAGE;
	}
	say(r, name, is_alive);
	return EXIT_SUCCESS;
}

static int run_snapshot(int argc, char **argv)
{
	const char *output = NULL;
	const struct opt options[] = {
		OPT_STRING("output", 'o', &output, "FILE", "name of the copy"),
		OPT_END,
	};
	const struct opt_table table = {
		.command = "snapshot",
		.synopsis = "[options] PID|RECORDING",
		.summary = "Copy the recording of a running program as it is now, and print the "
			   "name of the copy.  tidemark diff tells what grew between two of them.",
		.options = options,
		.epilogue = "Without -o the copy is tidemark.PROGRAM.PID.TIME.tide here.",
	};
	char path[PATH_MAX];
	int operands, status;
	struct reader r;
	bool is_alive;

	if (!cmd_options(&table, argc, argv, &operands, &status))
		return status;
	if (operands != 1) {
		cmd_say("one process or recording is wanted: tidemark snapshot PID");
		return EXIT_USAGE;
	}
	status = live_find(argv[1], path);
	if (!status)
		status = live_open(&r, path, &is_alive);
	if (status)
		return status;
	status = copy(&r, output, is_alive);
	reader_close(&r);
	return status;
}

const struct command command_snapshot = {
	"snapshot",
	"copies the recording of a running program as it is now",
	run_snapshot,
};
