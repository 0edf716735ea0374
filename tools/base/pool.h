/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Strings kept once each and named by number.  For the layers that meet the same names again and
 * again.  Number 0 is the empty string and means "absent".  Errors: -ENOMEM, -EOVERFLOW at 4 GiB.
 */
#ifndef TIDEMARK_BASE_POOL_H
#define TIDEMARK_BASE_POOL_H

#include <stddef.h>
#include <stdint.h>

struct pool {
	char *data;
	size_t bytes;
	size_t room;
	uint32_t *slots; /* open addressing, 0 = free */
	size_t slot_count;
	size_t strings;
};

int pool_add(struct pool *p, const char *text, uint32_t *number);
const char *pool_text(const struct pool *p, uint32_t number);
void pool_free(struct pool *p);

#endif
