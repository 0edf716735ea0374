/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The anonymous ranges of addresses that a running program has mapped, from its recording.  Called
 * by account.c.  What cannot be read is not there.
 */
#ifndef TIDE_RUN_RANGES_H
#define TIDE_RUN_RANGES_H

#include <stddef.h>

#include "tidemark/profile.h"

struct ranges {
	struct tide_range *list; /* by address */
	size_t count;
};

void ranges_read(int recording, const struct tide_header *h, struct ranges *ranges);
void ranges_free(struct ranges *ranges);

/* How much of [first, last) they cover. */
uint64_t ranges_in(const struct ranges *ranges, uint64_t first, uint64_t last);

/* How much of the recording's live bytes are mappings. */
int64_t ranges_counted(const struct tide_header *h);

#endif
