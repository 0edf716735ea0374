/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the page of recordings and that of differences are made of.  For html.c and html_diff.c.
 * Errors: -ENOMEM, -EOVERFLOW.
 */
#ifndef TIDEMARK_RENDER_HTML_PARTS_H
#define TIDEMARK_RENDER_HTML_PARTS_H

#include "base/json.h"
#include "render/render.h"

struct html_column {
	const char *name;
	size_t offset; /* of 64 bits in struct view_sums */
};

#define HTML_COLUMNS 8
extern const struct html_column html_columns[HTML_COLUMNS];
int64_t html_value(const struct view_sums *s, const struct html_column *column);

/* An element with JSON in it, "kind-number"; the object is open. */
void html_open(struct render_context *c, struct json *j, const char *kind, size_t number);
void html_close(struct render_context *c, struct json *j);

/* The next recording, with its first `listed` sites; before the first, the page's head. */
int html_recording(struct render_context *c, const struct view *v, size_t listed);
/* The rest of the page; nothing where there was no recording. */
int html_finish(struct render_context *c, bool diff);

#endif
