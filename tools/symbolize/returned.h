/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a function of an ELF file returns when all it does is return a constant text, found without
 * running it: how a program says something to tools that look at it.  For cmd/.
 * Errors: -ENOENT no such function, no such file, or not the one recorded; -ENOTSUP the function
 * does more than that; -ENOMEM.
 */
#ifndef TIDEMARK_SYMBOLIZE_RETURNED_H
#define TIDEMARK_SYMBOLIZE_RETURNED_H

#include <stdint.h>

/* @build_id may have 0 bytes.  *@text is to be freed. */
int returned_text(const char *path, const uint8_t *build_id, uint32_t build_id_bytes,
		  const char *function, char **text);

#endif
