/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One look at a running program, and what has changed since the last one.  Filled by cmd/top.c,
 * read by render/top.c.
 */
#ifndef TIDEMARK_VIEW_TOP_H
#define TIDEMARK_VIEW_TOP_H

#include "view.h"

struct view_top_row {
	const struct view_site *site;
	int64_t change_bytes; /* of what is live; all of it where there was no look before */
	uint64_t more_calls;
};

struct view_top {
	const struct view *view;
	const struct view_top_row *rows;
	size_t row_count;
	const char *sort;    /* in words */
	bool has_before;     /* there was a look before this one */
	uint64_t between_us; /* since then */
	int64_t change_bytes;
	uint64_t more_calls;
	uint64_t rss_bytes; /* 0 = unknown */
	bool has_keys;	    /* somebody is there to press them */
};

#endif
