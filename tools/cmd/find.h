/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which recordings are meant.  For the commands that read some.
 * Errors: -ENOENT when there is none, -ENOMEM, and those of the directory.
 */
#ifndef TIDE_CMD_FIND_H
#define TIDE_CMD_FIND_H

#include <stddef.h>

struct find_list {
	char **paths;
	size_t count;
	size_t room;
};

/* Appends the path, or the recordings in it when it is a directory. */
int find_recordings(struct find_list *list, const char *path);
/* Appends that of the newest run here, in this directory or in one named tidemark.* in it. */
int find_newest(struct find_list *list);
/* All that the operands of a command mean; with none, the newest.  Prints messages; EXIT_USAGE. */
int find_operands(struct find_list *list, char **operands, int count);
/* One operand: a process that is being recorded, a recording, a directory.  The same. */
int find_operand(struct find_list *list, const char *operand);
int find_path(struct find_list *list, const char *path);
void find_free(struct find_list *list);

#endif
