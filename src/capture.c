/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "capture.h"

#include "config.h"
#include "sites.h"

struct tide_record *capture_walk(struct thread *t, const struct anchor *anchor)
{
	struct memo *memo = &t->memo;
	struct tide_record *record;

	if (!walk_stack(&t->walk, anchor, &t->stack, config.depth, t->tid))
		return sites_record(t, 0);
	record = sites_record_of_walk(t);
	if (!record)
		return NULL;
	if (!memo_wants(memo))
		return record;
	memo_store(memo, anchor, &t->walk, record);
	return record;
}
