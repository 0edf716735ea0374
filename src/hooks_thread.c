/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The beginnings of threads.  libc's own threads (timers, aio) do not come by here.
 */
#include <pthread.h>

#include "hooks.h"
#include "next.h"
#include "spawn.h"

EXPORT int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
			  void *argument)
{
	const struct anchor here = ANCHOR_HERE;
	struct spawn_box *box = start_on() ? spawn_prepare(start, argument, &here) : NULL;
	int r;

	next_resolve();
	if (!box)
		return next.pthread_create(thread, attr, start, argument);
	r = next.pthread_create(thread, attr, spawn_enter, box);
	if (r)
		spawn_failed(box);
	return r;
}

/* Its start routine returns an int, which comes back as it is: spawn_enter only jumps there. */
EXPORT int thrd_create(void *thread, spawn_start *start, void *argument)
{
	const struct anchor here = ANCHOR_HERE;
	struct spawn_box *box = start_on() ? spawn_prepare(start, argument, &here) : NULL;
	int r;

	next_resolve();
	if (!box)
		return next.thrd_create(thread, start, argument);
	r = next.thrd_create(thread, spawn_enter, box);
	if (r)
		spawn_failed(box);
	return r;
}
