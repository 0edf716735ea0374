/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a frame is known by in another recording, where addresses and lines are others.  For the
 * other files of compare/.  Numbers mean the same on both sides.  Errors: -ENOMEM, -EOVERFLOW.
 */
#ifndef TIDEMARK_COMPARE_KEYS_H
#define TIDEMARK_COMPARE_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/pool.h"
#include "view.h"

enum key_kind {
	KEY_CODE,   /* build-id and offset */
	KEY_NAME,   /* module, function, source file */
	KEY_CALLED, /* module, function without parameters */
	KEY_PLAIN,  /* function without parameters */
	KEY_KINDS
};

/* Of one side: a number for each frame and kind. */
struct keys {
	const struct view *view;
	uint32_t *numbers[KEY_KINDS];
	bool *is_same_build; /* of each frame: its module's build is on the other side as well */
};

int keys_fill(struct keys *k, const struct view *view, const struct view *other, struct pool *pool);
void keys_free(struct keys *k);

/* The module's file without directory and version; the program itself is "(program)". */
void keys_module(const struct view *v, const char *path, struct buf *out);
/* The function without parameters and what compilers append to it. */
void keys_function(const char *function, struct buf *out);

/* Mixes a number into a running hash; two stacks meet by accident once in 10^9 recordings. */
uint64_t keys_mix(uint64_t hash, uint64_t number);

#endif
