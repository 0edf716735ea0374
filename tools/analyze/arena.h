/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory that is given back all at once.  For the stages that fill a view.  Zeroed, aligned for
 * any type.  NULL when there is none; `failed` remembers that.
 */
#ifndef TIDEMARK_ANALYZE_ARENA_H
#define TIDEMARK_ANALYZE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena_piece;

struct arena {
	struct arena_piece *pieces;
	bool failed;
};

void *arena_take(struct arena *a, size_t count, size_t bytes);
char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
void arena_free(struct arena *a);

#endif
