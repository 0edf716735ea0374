/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a call to its record: memo first, a walk when that does not know.  Hook-safe.
 */
#ifndef SRC_CAPTURE_H
#define SRC_CAPTURE_H

#include "python/join.h"
#include "thread.h"
#include "verify.h"

/* NULL when not even the overflow site has a record. */
struct tide_record *capture_walk(struct thread *t, const struct anchor *anchor);

/* The site of a call that is no event; 0 when there is none to be had. */
uint32_t capture_site(const struct anchor *anchor);

static inline void capture_verify(const struct tide_record *record)
{
	if (unlikely(verify_on) && record)
		verify_stack(record);
}

/* Of the machine code alone. */
static __attribute__((always_inline)) inline struct tide_record *
capture_native(struct thread *t, const struct anchor *anchor)
{
	struct tide_record *record = memo_find(&t->memo, anchor);

	if (unlikely(!record))
		record = capture_walk(t, anchor);
	capture_verify(record);
	return record;
}

static inline struct tide_record *capture(struct thread *t, const struct anchor *anchor)
{
	struct tide_record *record = capture_native(t, anchor);

	if (unlikely(python_is_on()))
		record = python_join(t, record);
	return record;
}

#endif
