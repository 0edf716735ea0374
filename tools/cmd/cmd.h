/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a command is.  Each file of cmd/ ends with its own entry; main.c lists them.  A command
 * parses its options, calls the stages in order and picks a renderer; only here may a message be
 * printed and an exit status chosen.
 */
#ifndef TIDE_CMD_CMD_H
#define TIDE_CMD_CMD_H

#include "base/err.h"
#include "base/opt.h"

/* Exit statuses that a script can trust. */
#define EXIT_USAGE	2 /* wrong usage, or the program cannot be recorded */
#define EXIT_UNREADABLE 3 /* a recording that cannot be read */
#define EXIT_OVER_LIMIT 23

struct command {
	const char *name;
	const char *summary;		   /* half a sentence, for the list of commands */
	int (*run)(int argc, char **argv); /* argv[0] is the name; returns the exit status */
};

extern const struct command command_check;
extern const struct command command_diff;
extern const struct command command_leaks;
extern const struct command command_off;
extern const struct command command_on;
extern const struct command command_run;
extern const struct command command_snapshot;
extern const struct command command_top;
extern const struct command command_report;
extern const struct command command_ps;
extern const struct command command_export;
extern const struct command command_mark;
extern const struct command command_plot;

/*
 * Parses the options and prints what has to be printed: the help, or an error.  True when the
 * command is to go on, with its operands at argv + 1; otherwise *@status is what it must return.
 */
bool cmd_options(const struct opt_table *table, int argc, char **argv, int *operands, int *status);

/* What was printed reached its reader, or a message why not; returns an exit status. */
int cmd_flush(void);

/* "tidemark: " and the message and a newline on stderr; returns @status for "return …". */
int cmd_fail(int status, const struct err *e);

/* The same with a format, for a warning as well. */
void cmd_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
