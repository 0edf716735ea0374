/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What makes a call stack the same stack in another build: function, file and module of each frame,
 * innermost first, without addresses, lines and directories.  For judge.c; baselines keep it.
 * A line of the key is a frame; a function that calls itself is there once.
 */
#ifndef TIDEMARK_CHECK_KEY_H
#define TIDEMARK_CHECK_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "view.h"

/* Appends to the buffer. */
void key_of_stack(const struct view_frame *frames, const uint32_t *stack, size_t count,
		  struct buf *out);
uint64_t key_hash(const char *key);

#endif
