/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names of the model's frames.  Filled by symbolize/, read by analyze/ and cmd/.  A frame has one
 * name or more: the innermost inlined function first, the function that holds the code last.
 * After names_finish() every frame has one, if only its number.  Errors: -ENOMEM.
 */
#ifndef TIDEMARK_READER_NAMES_H
#define TIDEMARK_READER_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"

struct name {
	uint32_t frame;
	uint32_t function; /* in the pool; 0 = unknown */
	uint32_t linkage;  /* its mangled name, 0 = it has none */
	uint32_t file;
	uint32_t line; /* 0 = unknown */
	bool inlined;
	bool python;
};

struct names_span {
	uint32_t first;
	uint32_t count;
};

/* A variable, and how far behind its start something stands. */
struct names_variable {
	uint32_t name; /* in the pool; 0 = unknown */
	uint64_t offset;
};

struct names {
	struct pool pool;
	struct name *list;
	size_t count;
	size_t room;
	struct names_span *spans; /* one for each frame of the model */
	size_t frame_count;
	struct names_variable *data; /* one for each holder of the model; NULL = not looked for */
};

struct model;

int names_init(struct names *n, size_t frame_count);
/* Names of Python's frames, which the recording holds itself; before all others. */
int names_python(struct names *n, const struct model *m);
/* Names of one frame are added one after the other, innermost first. */
int names_add(struct names *n, struct name name);
int names_finish(struct names *n);
void names_free(struct names *n);

#endif
