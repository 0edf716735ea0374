/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The name of the recording, and the only places where the file is opened.  Called at the start, in
 * a forked child and at the end; never on the hot path.
 */
#ifndef SRC_NAMING_H
#define SRC_NAMING_H

#include <stddef.h>
#include <stdint.h>

/* Fill in the pattern and create the file, which must not exist: descriptor or negative errno. */
int naming_create(char *path, size_t size, const char *pattern, int pid);

/* Open it again if it is still the same file. */
int naming_reopen(const char *path, uint64_t dev, uint64_t ino);

void naming_remove(const char *path);

/* The program's file name without directories. */
void naming_program(char *name, size_t size);

#endif
