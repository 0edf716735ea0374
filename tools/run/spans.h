/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The anonymous ranges of addresses that a running program has mapped, from its recording.  Called
 * by account.c.  What cannot be read is not there.
 */
#ifndef TIDE_RUN_SPANS_H
#define TIDE_RUN_SPANS_H

#include <stddef.h>

#include "tidemark/profile.h"

struct spans {
	struct tide_range *list; /* by address */
	size_t count;
};

void spans_read(int recording, const struct tide_header *h, struct spans *spans);
void spans_free(struct spans *spans);

/* The parts of ranges that lie in [first, last); and how much they come to. */
typedef void spans_visit(void *context, uint64_t first, uint64_t last);
void spans_each(const struct spans *spans, uint64_t first, uint64_t last, spans_visit *visit,
		void *context);
uint64_t spans_in(const struct spans *spans, uint64_t first, uint64_t last);

/* How much of the recording's live bytes are mappings. */
int64_t spans_counted(const struct tide_header *h);

#endif
