/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Options of a command, as a table: it is what parses them, what --help prints, and where an error
 * message takes its words from.  A new option is one line of the table (and one of the man page,
 * and one test).
 *
 *	bool quiet = false;
 *	uint64_t depth = 128;
 *	const struct opt options[] = {
 *		OPT_FLAG("quiet", 'q', &quiet, "print no summary"),
 *		OPT_NUMBER("depth", 0, &depth, 1, 1024, "N", "frames kept of a stack"),
 *		OPT_END
 *	};
 *	const struct opt_table table = {
 *		.command = "run", .synopsis = "[options] -- PROGRAM [ARGUMENT…]",
 *		.summary = "Run a program and record …", .options = options,
 *	};
 *
 * Called by cmd/, mostly through cmd_options() of cmd/cmd.h, which prints what is to be printed.
 * --help and -h need no line.  A flag given as --no-NAME is false.  A long name may be shortened as
 * far as it stays the only one that fits.  "--" ends the options.
 */
#ifndef TIDE_BASE_OPT_H
#define TIDE_BASE_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

enum opt_kind {
	OPT_KIND_END,
	OPT_KIND_FLAG,	 /* no argument; bool */
	OPT_KIND_NUMBER, /* decimal, within least and most; uint64_t */
	OPT_KIND_SIZE,	 /* bytes, with K, M, G or T (1024 each), within least and most; uint64_t */
	OPT_KIND_STRING, /* const char * */
	OPT_KIND_CHOICE, /* one of the words of choices; int, its index */
	OPT_KIND_LIST,	 /* may be given more than once; struct opt_list */
};

/* The arguments of an option that may be repeated, in the order given. */
#define OPT_LIST_MOST 64
struct opt_list {
	unsigned int count;
	const char *items[OPT_LIST_MOST];
};

struct opt {
	enum opt_kind kind;
	char letter;	  /* 0 = none */
	const char *name; /* without dashes */
	void *to;	  /* what kind says; holds the default before */
	uint64_t least;
	uint64_t most;
	const char *const *choices; /* ended by NULL */
	const char *argument;	    /* its name in the help, as in FILE */
	const char *help;	    /* one line */
};

#define OPT_FLAG(name, letter, to, help)                                                  \
	{                                                                                 \
		OPT_KIND_FLAG, letter, name, 1 ? (to) : (bool *)0, 0, 0, NULL, NULL, help \
	}
#define OPT_NUMBER(name, letter, to, least, most, argument, help)                           \
	{                                                                                   \
		OPT_KIND_NUMBER, letter, name, 1 ? (to) : (uint64_t *)0, least, most, NULL, \
			argument, help                                                      \
	}
#define OPT_SIZE(name, letter, to, least, most, argument, help)                           \
	{                                                                                 \
		OPT_KIND_SIZE, letter, name, 1 ? (to) : (uint64_t *)0, least, most, NULL, \
			argument, help                                                    \
	}
#define OPT_STRING(name, letter, to, argument, help)                                              \
	{                                                                                         \
		OPT_KIND_STRING, letter, name, 1 ? (to) : (const char **)0, 0, 0, NULL, argument, \
			help                                                                      \
	}
#define OPT_CHOICE(name, letter, to, choices, argument, help)                                     \
	{                                                                                         \
		OPT_KIND_CHOICE, letter, name, 1 ? (to) : (int *)0, 0, 0, choices, argument, help \
	}
#define OPT_LIST(name, letter, to, argument, help)                                        \
	{                                                                                 \
		OPT_KIND_LIST, letter, name, 1 ? (to) : (struct opt_list *)0, 0, 0, NULL, \
			argument, help                                                    \
	}
#define OPT_END                                                     \
	{                                                           \
		OPT_KIND_END, 0, NULL, NULL, 0, 0, NULL, NULL, NULL \
	}

struct opt_table {
	const char *command;  /* "run"; empty for tidemark itself */
	const char *synopsis; /* what may follow the command's name */
	const char *summary;  /* what the command does: a sentence or two */
	const struct opt *options;
	const char *epilogue;	   /* more help below the options, or NULL */
	bool operands_end_options; /* what follows the first operand is not ours */
};

/* Returned by opt_parse() when --help was met. */
#define OPT_HELP 1

/*
 * Parses @argv, where argv[0] is the command's name and is passed over.  Returns 0, OPT_HELP, or
 * -EINVAL with a message.  The operands are moved together: *@operands of them at argv + 1 and
 * NULL behind them, so the array itself is changed.
 */
int opt_parse(const struct opt_table *table, int argc, char **argv, int *operands, struct err *e);

/* The help as --help prints it. */
void opt_help(const struct opt_table *table, FILE *out);

/* A size as OPT_SIZE takes it.  0, or -EINVAL, or -ERANGE when it does not fit. */
int opt_size(const char *text, uint64_t *bytes);

#endif
