/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spawn.h"

#include "capture.h"

#define BOXES	  1024u
#define LOOKED_AT 64u

__thread uint32_t spawn_site;

/* As in libc's own record of the thread: as long as it lives it holds its argument. */
static __thread void *volatile argument_held;

static struct spawn_box boxes[BOXES];
static uint32_t next_box;

static struct spawn_box *take_box(void)
{
	for (uint32_t i = 0; i < LOOKED_AT; i++) {
		uint32_t number = __atomic_fetch_add(&next_box, 1, __ATOMIC_RELAXED) % BOXES;
		uint32_t no = 0;

		if (__atomic_compare_exchange_n(&boxes[number].used, &no, 1, false,
						__ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return &boxes[number];
	}
	return NULL;
}

struct spawn_box *spawn_prepare(spawn_start *start, void *argument, const struct anchor *anchor)
{
	struct spawn_box *box = take_box();

	if (unlikely(!box))
		return NULL;
	box->start = start;
	box->argument = argument;
	box->site = capture_site(anchor);
	return box;
}

void spawn_failed(struct spawn_box *box)
{
	box->argument = NULL;
	__atomic_store_n(&box->used, 0, __ATOMIC_RELEASE);
}

void *spawn_enter(void *box)
{
	struct spawn_box *mine = box;
	spawn_start *start = mine->start;
	void *argument = mine->argument;

	spawn_site = mine->site;
	argument_held = argument;
	spawn_failed(mine);
	return start(argument);
}

void spawn_each_argument(void (*visit)(uint64_t argument, void *context), void *context)
{
	for (uint32_t i = 0; i < BOXES; i++)
		if (boxes[i].used && boxes[i].argument)
			visit((uint64_t)(uintptr_t)boxes[i].argument, context);
}
