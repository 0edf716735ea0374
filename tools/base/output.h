/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A file that appears whole or not at all: it is written beside its place and takes it at the end.
 * For commands.  "-" is standard output; what is there and no regular file (a device, a pipe) is
 * written to as it is.
 * Errors: those of the system, with a message that names the file.
 */
#ifndef TIDEMARK_BASE_OUTPUT_H
#define TIDEMARK_BASE_OUTPUT_H

#include <stdio.h>
#include <sys/types.h>

#include "base/err.h"

/* Stays where it is from output_open() on. */
struct output {
	FILE *stream;
	int fd;
	int error;	  /* of the first write that failed, a positive errno */
	char *path;	  /* of the file as it will be called; NULL: written in place */
	char *temporary;  /* NULL: it has no name yet */
	const char *name; /* as given, for messages */
	mode_t mode;
};

int output_open(struct output *o, const char *name, struct err *e);
/* Makes the file appear; an error of any write since output_open() is found here. */
int output_commit(struct output *o, struct err *e);
/* Leaves everything as it was, but for what a device has got already. */
void output_discard(struct output *o);

#endif
