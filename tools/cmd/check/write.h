/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The verdict into the files asked for.  For check.c.  Messages are printed here.
 */
#ifndef TIDE_CMD_CHECK_WRITE_H
#define TIDE_CMD_CHECK_WRITE_H

#include <stdbool.h>
#include <stdio.h>

#include "verdict.h"

struct write_options {
	const char *json; /* "-" is standard output, NULL: not wanted */
	const char *junit;
	const char *sarif;
	const char *suppressions;
	int syntax; /* of those: 0 LeakSanitizer's, 1 Valgrind's */
	bool github;
	bool quiet;
	FILE *text; /* NULL: nowhere */
};

/* 0, or EXIT_USAGE when one of them could not be written. */
int write_verdict(const struct verdict *v, const struct write_options *o);

#endif
