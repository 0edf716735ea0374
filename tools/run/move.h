/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Moves a file, across file systems too, and never onto one that is there.  Called by harvest.c.
 * Errors: a negative errno; -EEXIST when the target's name is taken.
 */
#ifndef TIDE_RUN_MOVE_H
#define TIDE_RUN_MOVE_H

/* The target has mode 0600 and the holes of the source.  On an error the source is untouched. */
int move_file(const char *from, const char *to);

/* Removes @path if it is a recording, or empty, so that its name is free. */
void move_away(const char *path);

#endif
