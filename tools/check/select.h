/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which of the processes that ran are the gate's business, and what to call them.  Called by cmd/.
 * Unless asked otherwise: programs below the directory that the first one ran in, and the first one
 * itself, but for shells, make and their like, which only start others: not even the first one.
 */
#ifndef TIDEMARK_CHECK_SELECT_H
#define TIDEMARK_CHECK_SELECT_H

#include <stdbool.h>
#include <stddef.h>

#include "analyze/arena.h"
#include "base/opt.h"

struct select_process {
	const char *program;	 /* path of the executable */
	const char *const *args; /* with the name it was started by */
	size_t arg_count;
};

struct select {
	struct opt_list only; /* globs of programs */
	struct opt_list skip;
	bool all;
	char *program; /* the first one's executable and directory; see select_first() */
	char *directory;
};

/* The program, or the script or module that an interpreter ran, without its directory. */
const char *select_name(const struct select_process *p, struct arena *arena);
/* As one could type it, with quotes where a shell needs them, cut when it is very long. */
const char *select_command(const struct select_process *p, struct arena *arena);

/* What was started first; later calls change nothing.  False when memory ran out. */
bool select_first(struct select *s, const struct select_process *p, const char *directory);
bool select_wants(const struct select *s, const struct select_process *p, const char *name);
/* Whether one of the globs fits the name, the program or its last part. */
bool select_fits(const struct opt_list *globs, const struct select_process *p, const char *name);
/* The rule in words, for "judged are …". */
const char *select_words(const struct select *s, struct arena *arena);
void select_free(struct select *s);

#endif
