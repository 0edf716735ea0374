/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scan/withheld.h"

#include <sys/mman.h>

#include "lock.h"
#include "thread.h"

#define RANGES_MOST 1024u

static struct {
	struct lock lock;
	bool absent; /* not only wiped */
	uint32_t count;
	struct range {
		uintptr_t start, end;
	} ranges[RANGES_MOST];
} withheld;

/* Ranges that grow at one end, or are advised again, stay one. */
static bool joins(uintptr_t start, uintptr_t end)
{
	for (uint32_t i = 0; i < withheld.count; i++) {
		struct range *r = &withheld.ranges[i];

		if (start > r->end || end < r->start)
			continue;
		r->start = start < r->start ? start : r->start;
		r->end = end > r->end ? end : r->end;
		return true;
	}
	return false;
}

void withheld_note(uintptr_t at, size_t bytes, int advice)
{
	if (advice != MADV_DONTFORK && advice != MADV_WIPEONFORK)
		return;
	if (advice == MADV_DONTFORK)
		withheld.absent = true;
	if (lock_take(&withheld.lock, thread_number())) {
		if (!joins(at, at + bytes) && withheld.count < RANGES_MOST)
			withheld.ranges[withheld.count++] = (struct range){ at, at + bytes };
		lock_drop(&withheld.lock);
	}
}

bool withheld_any(void)
{
	return withheld.absent;
}

void withheld_give(void)
{
	for (uint32_t i = 0; i < withheld.count; i++) {
		struct range *r = &withheld.ranges[i];

		sys_advise((void *)r->start, r->end - r->start, MADV_DOFORK);
		sys_advise((void *)r->start, r->end - r->start, MADV_KEEPONFORK);
	}
}

void withheld_after_fork(void)
{
	withheld.lock.owner = 0;
}
