/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The frames, names and stacks of a view with each said once, as the page's data has them.  For
 * html*.c.  Only what the first `site_count` sites use is in it, and what is added.  Stacks become
 * a tree: node 0 stands for no caller, and a parent's number is smaller than its children's.
 * Strings are numbered in the order of their first use; 0 is the empty one, for "unknown".
 * Errors: -ENOMEM, -EOVERFLOW.
 */
#ifndef TIDEMARK_RENDER_PAGE_TABLES_H
#define TIDEMARK_RENDER_PAGE_TABLES_H

#include "base/json.h"
#include "base/pool.h"
#include "view.h"

struct page_node {
	uint32_t parent;
	uint32_t frame;
};

struct page_tables {
	const struct view *view;
	size_t site_count;

	struct pool strings;
	uint32_t *string_numbers; /* by number in the pool */
	size_t string_room;
	size_t string_count;

	uint32_t *frame_numbers; /* view's frame -> the page's, + 1 */
	uint32_t *frames;	 /* and back */
	size_t frame_count;
	size_t frame_room;

	struct page_node *nodes;
	size_t node_count;
	size_t node_room;
	uint32_t *slots; /* open addressing, 0 = free */
	size_t slot_count;
	uint32_t *site_nodes; /* innermost, of each site */
};

int page_tables_make(struct page_tables *t, const struct view *v, size_t site_count);
/* The innermost node of a stack; it is added when it is new. */
int page_tables_node(struct page_tables *t, const struct view_site *site, uint32_t *node);
/* The number of a string; it is added when it is new.  NULL and "" are 0. */
int page_tables_string(struct page_tables *t, const char *text, uint32_t *number);
/*
 * "strings":[…], "frames":{…}, "nodes":{…}: no stack may be added after the nodes, no string after
 * the strings.
 */
void page_tables_strings(const struct page_tables *t, struct json *j);
int page_tables_frames(struct page_tables *t, struct json *j);
void page_tables_nodes(const struct page_tables *t, struct json *j);
void page_tables_free(struct page_tables *t);

#endif
