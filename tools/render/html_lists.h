/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lists of the page beside the sites: what the program mapped, and its threads.  For html.c; before
 * the nodes, frames and strings are written, for stacks add to these.  Errors: -ENOMEM, -EOVERFLOW.
 */
#ifndef TIDEMARK_RENDER_HTML_LISTS_H
#define TIDEMARK_RENDER_HTML_LISTS_H

#include "base/json.h"
#include "render/page_tables.h"

int html_mappings(struct json *j, struct page_tables *t);
/* With more than one thread: each, what it did, where it was begun, and who was at each site. */
int html_threads(struct json *j, struct page_tables *t);

#endif
