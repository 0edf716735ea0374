/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A growing string.  For every layer of the command.  A failed allocation sets `failed` and makes
 * every further call do nothing, so a run of calls needs one check at its end.  Lengths in bytes.
 */
#ifndef TIDEMARK_BASE_BUF_H
#define TIDEMARK_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data; /* ended by NUL once something was added */
	size_t bytes;
	size_t room;
	bool failed;
};

void buf_add(struct buf *b, const void *data, size_t bytes);
void buf_puts(struct buf *b, const char *text);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* One character, so written that no terminal obeys it. */
void buf_shown(struct buf *b, char c);
void buf_reset(struct buf *b);
void buf_free(struct buf *b);

/* Never NULL; belongs to the buffer. */
const char *buf_text(const struct buf *b);

#endif
