/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The layer above the allocator of Python's objects: call the one below, report, nothing else.
 * What that one takes from malloc is hidden: it is the same memory.
 */
#include "hooks_python.h"

#include "python/codes.h"
#include "record_hot.h"
#include "start.h"

static void *object_malloc(void *context, size_t bytes)
{
	const struct anchor here = ANCHOR_HERE;
	const struct python_allocator *next = context;
	uintptr_t busy = thread_hide();
	void *p = next->malloc(next->context, bytes);

	if (unlikely(!python_objects_used))
		python_objects_used = true;
	thread_show(busy);
	if (likely(p) && likely(start_on()))
		record_alloc_hot(p, bytes, &here);
	return p;
}

static void *object_calloc(void *context, size_t count, size_t bytes)
{
	const struct anchor here = ANCHOR_HERE;
	const struct python_allocator *next = context;
	uintptr_t busy = thread_hide();
	void *p = next->calloc(next->context, count, bytes);

	thread_show(busy);
	if (likely(p) && likely(start_on()))
		record_alloc(p, count * bytes, &here);
	return p;
}

static void *hidden_realloc(const struct python_allocator *next, void *old, size_t bytes)
{
	uintptr_t busy = thread_hide();
	void *p = next->realloc(next->context, old, bytes);

	thread_show(busy);
	return p;
}

static void *object_realloc(void *context, void *old, size_t bytes)
{
	const struct anchor here = ANCHOR_HERE;
	const struct python_allocator *next = context;
	struct record_realloc change;
	void *p;

	if (unlikely(!start_on()))
		return hidden_realloc(next, old, bytes);
	if (!old) {
		p = hidden_realloc(next, old, bytes);
		if (p)
			record_alloc(p, bytes, &here);
		return p;
	}
	record_realloc_begin(&change, old, &here);
	p = hidden_realloc(next, old, bytes);
	if (p)
		record_realloc_done(&change, p, bytes, &here);
	else
		record_realloc_failed(&change, old, &here);
	return p;
}

static void object_free(void *context, void *block)
{
	const struct anchor here = ANCHOR_HERE;
	const struct python_allocator *next = context;
	uintptr_t busy;

	if (!block)
		return;
	python_code_may_end((uintptr_t)block);
	if (likely(start_on()))
		record_free_hot(block, &here);
	busy = thread_hide();
	next->free(next->context, block);
	thread_show(busy);
}

/* Below an object that is being made this is hidden, and the arena is in no table. */
static void *arena_alloc(void *context, size_t bytes)
{
	const struct anchor here = ANCHOR_HERE;
	const struct python_arenas *next = context;
	uintptr_t busy = thread_hide();
	void *p = next->alloc(next->context, bytes);

	thread_show(busy);
	if (p && start_on())
		record_alloc(p, bytes, &here);
	return p;
}

static void arena_free(void *context, void *arena, size_t bytes)
{
	const struct anchor here = ANCHOR_HERE;
	const struct python_arenas *next = context;
	uintptr_t busy;

	if (arena && start_on())
		record_free(arena, &here);
	busy = thread_hide();
	next->free(next->context, arena, bytes);
	thread_show(busy);
}

const struct python_layer hooks_python = {
	.allocator = { NULL, object_malloc, object_calloc, object_realloc, object_free },
	.arenas = { NULL, arena_alloc, arena_free },
};
