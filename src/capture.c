/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "capture.h"

#include "config.h"
#include "profile.h"
#include "sites.h"
#include "verify.h"

static __attribute__((noinline)) struct tide_record *walk_and_store(struct thread *t,
								    const struct anchor *anchor,
								    struct memo_key key)
{
	struct tide_record *record;

	if (!walk_stack(&t->walk, anchor, &t->stack, config.depth, t->tid))
		return sites_record(t, 0);
	record = sites_record(t, sites_find(&t->walk, t->tid));
	if (record)
		memo_store(&t->memo, anchor, key, &t->walk, record);
	return record;
}

struct tide_record *capture(struct thread *t, const struct anchor *anchor)
{
	struct memo_key key = memo_key(anchor, &t->stack, &t->walk.work, t->tid);
	struct tide_record *record = memo_find(&t->memo, anchor, key);

	if (unlikely(!record))
		record = walk_and_store(t, anchor, key);
	if (unlikely(verify_on) && record)
		verify_stack(anchor, record);
	return record;
}
