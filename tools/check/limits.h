/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a process may do: the --max-… options and --limit.  Parsed by cmd/, applied by judge.c.
 * Bytes throughout, but for calls.  Errors: -EINVAL with a message, -ENOMEM.
 */
#ifndef TIDEMARK_CHECK_LIMITS_H
#define TIDEMARK_CHECK_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "view.h"

enum limit_what {
	LIMIT_DEFINITE, /* the first four in the order of the view's leak classes */
	LIMIT_INDIRECT,
	LIMIT_POSSIBLE,
	LIMIT_REACHABLE,
	LIMIT_PEAK,
	LIMIT_LIVE,
	LIMIT_TOTAL,
	LIMIT_CALLS,
	LIMIT_WHATS
};

#define LIMIT_LEAKS 4u /* those below this are measured by the leak scan alone */

struct limit {
	enum limit_what what;
	uint64_t most;
	char *function; /* glob of a function on the stack, or of "file:" or "module:"; NULL: all */
	bool met;	/* such a function was there, in any process */
};

struct limits {
	struct limit *list;
	size_t count;
	size_t room;
	double growth; /* part of the baseline, as 0.05; negative: not limited */
};

/* Name of an option without "max-", as in "peak"; and what it means in a sentence. */
const char *limits_name(enum limit_what what);
const char *limits_title(enum limit_what what);

/* @text is the argument of --max-NAME: a size, a number for calls, or "none". */
int limits_add(struct limits *l, enum limit_what what, const char *text, struct err *e);
/* 'GLOB:peak=64M,live=0' */
int limits_add_function(struct limits *l, const char *text, struct err *e);
/* "5%", "5", "0.5%" */
int limits_set_growth(struct limits *l, const char *text, struct err *e);

/* Whether one is for this. */
bool limits_have(const struct limits *l, enum limit_what what);
/* Whether one of them needs the leak scan. */
bool limits_want_leaks(const struct limits *l);
bool limits_want_functions(const struct limits *l);

/* Whether a frame is one that the limit is for. */
bool limits_fit(const struct limit *limit, const struct view_frame *frame);
void limits_free(struct limits *l);

#endif
