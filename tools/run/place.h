/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names: of the directory where recordings lie while programs run, and of the place where they go
 * in the end.  Called by cmd/run.c and harvest.c.
 * Errors: a negative errno with a remedy.
 */
#ifndef TIDE_RUN_PLACE_H
#define TIDE_RUN_PLACE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct place {
	char pattern[PATH_MAX];	  /* as -o takes it, never a directory */
	bool asked;		  /* given by the user: an older recording of that name makes way */
	char directory[PATH_MAX]; /* of the pattern; exists and can be written */
	char live[PATH_MAX];	  /* private, made by place_live(), gone after place_close() */
};

/* @asked is the user's -o, or NULL. */
int place_open(struct place *p, const char *asked, struct err *e);

/*
 * Makes the private directory: below @asked if that is not NULL, else on /dev/shm when it has room
 * for @need_bytes, since write-back of a disk would stall the program, else beside the recordings.
 */
int place_live(struct place *p, const char *asked, uint64_t need_bytes, struct err *e);

/* Removes the private directory if it is empty. */
void place_close(struct place *p);

/* @pattern with %p %h %n %% filled in.  -ENAMETOOLONG. */
int place_fill(char *name, size_t size, const char *pattern, const char *program, pid_t pid);

/* Whether @pattern gives every process a name of its own. */
bool place_is_per_process(const char *pattern);

#endif
