/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether lines of Python make copies, by their text: the calls that do have no names in a stripped
 * interpreter.  Called by cmd/ between analyze and render.
 */
#ifndef TIDEMARK_SOURCE_COPIES_H
#define TIDEMARK_SOURCE_COPIES_H

#include "view.h"

/*
 * Takes away the advice that its line of source does not confirm; what cannot be read, or was
 * changed since, confirms nothing.  @sysroot: before every file's name, or NULL.
 */
void copies_confirm(struct view *v, const char *sysroot);

/* For tests: list(x), x.copy(), x[1:] and their like, not in a comment or a string. */
bool copies_in_line(const char *line);

#endif
