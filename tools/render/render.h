/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a format must do: write a view to a stream.  Implemented by one file a format, called by
 * cmd/.  Begin and end stand around all views of one report.  Errors: those of the stream, left to
 * ferror(); -ENOMEM.
 */
#ifndef TIDEMARK_RENDER_RENDER_H
#define TIDEMARK_RENDER_RENDER_H

#include <stdbool.h>
#include <stdio.h>

#include "view.h"
#include "view_diff.h"

struct render_style {
	unsigned columns; /* of the terminal; 0 = as wide as it comes */
	bool colour;
	bool utf8;
};

struct render_context {
	FILE *out;
	struct render_style style;
	const char *version;
	bool several; /* recordings in this report */
	size_t done;
};

struct render_ops {
	const char *name;
	int (*begin)(struct render_context *c);
	int (*view)(struct render_context *c, const struct view *v);
	int (*end)(struct render_context *c);
};

extern const struct render_ops render_text;
extern const struct render_ops render_json;
extern const struct render_ops render_html;

/* False when this command was built without the page; render_html's begin then gives -ENOSYS. */
bool render_html_is_built(void);

/*
 * The same for the difference between two recordings.  begin() is told all pairs of processes;
 * diff() is called for those whose difference is wanted.
 */
struct render_diff_ops {
	const char *name;
	int (*begin)(struct render_context *c, const struct view_pair *pairs, size_t count);
	int (*diff)(struct render_context *c, const struct view_diff *v);
	int (*end)(struct render_context *c);
};

extern const struct render_diff_ops render_diff_text;
extern const struct render_diff_ops render_diff_json;
extern const struct render_diff_ops render_diff_html;

#endif
