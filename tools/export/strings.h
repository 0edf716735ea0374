/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Strings kept once each and counted from 0, which is the empty one: the string tables of several
 * formats.  For the formats.  Errors: -ENOMEM, -EOVERFLOW at 4 GiB.
 */
#ifndef TIDEMARK_EXPORT_STRINGS_H
#define TIDEMARK_EXPORT_STRINGS_H

#include "base/pool.h"

struct strings {
	struct pool pool;
	uint32_t *index; /* number in the pool -> index here */
	size_t index_room;
	uint32_t *list; /* index here -> number in the pool */
	size_t count;
	size_t room;
};

int strings_add(struct strings *s, const char *text, uint32_t *index);
/* Valid until the next is added. */
const char *strings_text(const struct strings *s, uint32_t index);
void strings_free(struct strings *s);

#endif
