/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "capture.h"

#include "config.h"
#include "sites.h"

struct tide_record *capture_walk(struct thread *t, const struct anchor *anchor)
{
	struct tide_record *record;

	if (!walk_stack(&t->walk, anchor, &t->stack, config.depth, t->tid))
		return sites_record(t, 0);
	record = sites_record_of_walk(t);
	if (likely(record))
		memo_store(&t->memo, anchor, &t->walk, record);
	return record;
}

uint32_t capture_site(const struct anchor *anchor)
{
	struct thread *t = thread_enter(anchor->cfa);
	const struct tide_record *record;

	if (unlikely(!t))
		return 0;
	record = capture(t, anchor);
	thread_leave(t);
	return record ? record->site & ~TIDE_RECORD_SHARED : 0;
}
