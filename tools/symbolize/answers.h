/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is known about the addresses of one module: address in the file -> lines, innermost inlined
 * function first.  Filled by a backend or the cache, read by symbolize.c.
 * After answers_sort() the list is ascending by address.  An address with no lines is one that
 * nobody knows a name for.  Errors: -ENOMEM, -EOVERFLOW.
 */
#ifndef TIDEMARK_SYMBOLIZE_ANSWERS_H
#define TIDEMARK_SYMBOLIZE_ANSWERS_H

#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"

struct answer {
	uint64_t address;
	uint32_t first; /* in lines */
	uint32_t count;
};

struct answer_line {
	uint32_t function; /* in the pool; 0 = unknown */
	uint32_t linkage;  /* its mangled name, 0 = it has none */
	uint32_t file;
	uint32_t line;
	uint32_t inlined;
};

struct answers {
	struct pool pool;
	struct answer *list;
	size_t count;
	size_t room;
	struct answer_line *lines;
	size_t line_count;
	size_t line_room;
};

/* Begins an answer; the lines that follow belong to it. */
int answers_add(struct answers *a, uint64_t address);
/* The line's file is @file; all else is as given. */
int answers_line(struct answers *a, const struct answer_line *line, const char *file);
void answers_sort(struct answers *a);
const struct answer *answers_find(const struct answers *a, uint64_t address);
void answers_free(struct answers *a);

#endif
