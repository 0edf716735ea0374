/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cmd/cmd.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool cmd_options(const struct opt_table *table, int argc, char **argv, int *operands, int *status)
{
	struct err e;
	int ret = opt_parse(table, argc, argv, operands, &e);

	if (ret == 0)
		return true;
	if (ret == OPT_HELP) {
		opt_help(table, stdout);
		*status = cmd_flush();
	} else {
		*status = cmd_fail(EXIT_USAGE, &e);
	}
	return false;
}

int cmd_flush(void)
{
	if (fflush(stdout) == 0)
		return EXIT_SUCCESS;
	cmd_say("standard output: %s", strerror(errno));
	return EXIT_USAGE;
}

int cmd_fail(int status, const struct err *e)
{
	cmd_say("%s", e->text);
	return status;
}

void cmd_say(const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fputs("tidemark: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}
