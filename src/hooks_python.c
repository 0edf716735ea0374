/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The layer above the allocator of Python's objects: call the one below, report, nothing else.
 * What that one takes from malloc is hidden: it is the same memory.
 */
#include "hooks_python.h"

#include "config.h"
#include "mappings/mappings.h"
#include "record_object.h"

#define ARENA_LEAST ((size_t)128 << 10)

/* The hook's own frame; an anchor is made of it where one is needed. */
#define FRAME_HERE ((uintptr_t)__builtin_frame_address(0))

static __attribute__((noinline)) void *object_malloc_slow(const struct python_allocator *next,
							  size_t bytes, uintptr_t frame)
{
	const struct anchor here = object_anchor(frame);
	uintptr_t busy = thread_hide();
	void *p = next->malloc(next->context, bytes);

	python_objects_used = true;
	thread_show(busy);
	if (likely(p) && likely(start_on()))
		record_alloc(p, bytes, &here);
	return p;
}

/* One that is not beside an arena. */
static __attribute__((noinline)) void *object_malloc_other(void *p, size_t bytes, uintptr_t frame)
{
	const struct anchor here = object_anchor(frame);

	python_objects_used = true;
	record_alloc(p, bytes, &here);
	return p;
}

static void *object_malloc(void *context, size_t bytes)
{
	const struct python_allocator *next = context;
	struct thread *t = object_enter();
	void *p;

	if (unlikely(!t))
		return object_malloc_slow(next, bytes, FRAME_HERE);
	p = next->malloc(next->context, bytes);
	if (unlikely(!p) || likely(object_came(t, p, bytes, FRAME_HERE))) {
		thread_leave(t);
		return p;
	}
	thread_leave(t);
	return object_malloc_other(p, bytes, FRAME_HERE);
}

static void *object_calloc(void *context, size_t count, size_t bytes)
{
	const struct anchor here = ANCHOR_HERE;
	const struct python_allocator *next = context;
	uintptr_t busy = thread_hide();
	void *p = next->calloc(next->context, count, bytes);

	python_objects_used = true;
	thread_show(busy);
	if (likely(p) && likely(start_on()))
		record_alloc(p, count * bytes, &here);
	return p;
}

static void *hidden_realloc(const struct python_allocator *next, void *old, size_t bytes)
{
	uintptr_t busy = thread_hide();
	void *p = next->realloc(next->context, old, bytes);

	python_objects_used = true;
	thread_show(busy);
	return p;
}

static __attribute__((noinline)) void *object_realloc_slow(const struct python_allocator *next,
							   void *old, size_t bytes, uintptr_t frame)
{
	const struct anchor here = object_anchor(frame);
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

static __attribute__((noinline)) void
object_moved_slow(const struct record_realloc *change, const void *p, size_t bytes, uintptr_t frame)
{
	const struct anchor here = object_anchor(frame);

	record_realloc_done(change, p, bytes, &here);
}

static void *object_realloc(void *context, void *old, size_t bytes)
{
	const struct python_allocator *next = context;
	struct thread *t = object_enter();
	struct record_realloc change;
	bool done;
	void *p;

	if (unlikely(!t))
		return object_realloc_slow(next, old, bytes, FRAME_HERE);
	if (unlikely(!object_lifts(&change, old))) {
		thread_leave(t);
		return object_realloc_slow(next, old, bytes, FRAME_HERE);
	}
	p = next->realloc(next->context, old, bytes);
	if (unlikely(!p))
		object_stays(&change);
	done = !p || object_moved(t, &change, p, bytes, FRAME_HERE);
	thread_leave(t);
	if (unlikely(!done))
		object_moved_slow(&change, p, bytes, FRAME_HERE);
	return p;
}

static __attribute__((noinline)) void object_free_slow(const struct python_allocator *next,
						       void *block, uintptr_t frame)
{
	const struct anchor here = object_anchor(frame);
	uintptr_t busy;

	python_code_may_end((uintptr_t)block);
	if (likely(start_on()))
		record_object_free(block, &here);
	busy = thread_hide();
	next->free(next->context, block);
	thread_show(busy);
}

static void object_free(void *context, void *block)
{
	const struct python_allocator *next = context;
	struct thread *t;

	if (!block)
		return;
	t = object_enter();
	if (likely(t)) {
		if (likely(object_goes(t, block, FRAME_HERE))) {
			t->busy = THREAD_HIDDEN;
			barrier();
			next->free(next->context, block);
			thread_leave(t);
			return;
		}
		thread_leave(t);
	}
	object_free_slow(next, block, FRAME_HERE);
}

/* The interpreter takes what its own stack grows by from here as well, in smaller pieces. */
static void note_arena(size_t bytes, const struct anchor *anchor)
{
	uint32_t site = bytes >= ARENA_LEAST ? capture_site(anchor) : 0;

	if (site)
		__atomic_fetch_or(&profile_site(site)->flags, TIDE_SITE_ARENA, __ATOMIC_RELAXED);
}

/* Below an object that is being made this is hidden, and the arena is in no table. */
static void *arena_alloc(void *context, size_t bytes)
{
	const struct anchor here = ANCHOR_HERE;
	const struct python_arenas *next = context;
	uintptr_t busy = thread_hide();
	void *p;

	mappings_in_arena = true;
	p = next->alloc(next->context, bytes);
	mappings_in_arena = false;
	thread_show(busy);
	if (p && start_on()) {
		record_alloc(p, bytes, &here);
		if (config.python_objects)
			dense_register((uintptr_t)p, bytes);
		note_arena(bytes, &here);
	}
	return p;
}

static void arena_free(void *context, void *arena, size_t bytes)
{
	const struct anchor here = ANCHOR_HERE;
	const struct python_arenas *next = context;
	uintptr_t busy;

	if (arena && start_on())
		record_free(arena, &here);
	dense_forget((uintptr_t)arena, bytes);
	busy = thread_hide();
	next->free(next->context, arena, bytes);
	thread_show(busy);
}

const struct python_layer hooks_python = {
	.allocator = { NULL, object_malloc, object_calloc, object_realloc, object_free },
	.arenas = { NULL, arena_alloc, arena_free },
};
