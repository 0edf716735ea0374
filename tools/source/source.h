/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The lines of source files around the places that a view's stacks name, for a report that carries
 * them with it.  Called by cmd/ between analyze and render.  A recording may name any file: only
 * regular ones with the name of a program's source are read, a few lines of each, and no more than
 * SOURCE_BYTES in all, those of the first sites first.  What cannot be read is left out.
 * Errors: -ENOMEM.
 */
#ifndef TIDEMARK_SOURCE_SOURCE_H
#define TIDEMARK_SOURCE_SOURCE_H

#include "view.h"

#define SOURCE_BYTES   (256u << 10)
#define SOURCE_PLACES  1000u
#define SOURCE_CONTEXT 3u

struct source {
	struct view_source *list;
	size_t count;
	size_t room;
	size_t bytes;
	size_t bytes_most;
};

/* Sets sources and source_count of the view.  @sysroot: before every file's name, or NULL. */
int source_fill(struct source *s, struct view *v, const char *sysroot);
/* For the view's listings: all that lies between their first and last lines, in whole files. */
int source_fill_listings(struct source *s, struct view *v, const char *sysroot);
void source_free(struct source *s);

/* One line, to be freed; NULL when it cannot be read or the file is newer than the recording. */
char *source_line(const struct view *v, const char *sysroot, const char *file, uint32_t line);

/* Whether a file of this name is a program's source. */
bool source_is_named(const char *path);

#endif
