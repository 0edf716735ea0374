/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The malloc family, in front of the program's own: call the next one, report, nothing else.  A
 * block is reported after the real call that made it and before the real call that frees it.
 */
#include <errno.h>
#include <stdlib.h>

#include "hooks.h"
#include "next.h"
#include "profile.h"
#include "record_hot.h"

/* No record is wanted: the program's own allocator, or the pool until that is known. */
static void *pass_malloc(size_t bytes)
{
	next_resolve();
	return next_ready ? next.malloc(bytes) : next_boot_take(bytes, 0);
}

static void *pass_calloc(size_t count, size_t bytes)
{
	size_t total;

	next_resolve();
	if (next_ready)
		return next.calloc(count, bytes);
	if (__builtin_mul_overflow(count, bytes, &total))
		return NULL;
	return next_boot_take(total, 0);
}

static void copy_out(void *to, const void *boot, size_t bytes)
{
	size_t had = next_boot_bytes(boot);

	sys_copy(to, boot, had < bytes ? had : bytes);
}

/* The next allocator never heard of a block from the pool. */
static void *move_boot(void *boot, size_t bytes)
{
	void *p = pass_malloc(bytes);

	if (p)
		copy_out(p, boot, bytes);
	return p;
}

EXPORT void *malloc(size_t bytes)
{
	const struct anchor here = ANCHOR_HERE;
	void *p;

	if (unlikely(!start_on()))
		return pass_malloc(bytes);
	p = next.malloc(bytes);
	if (likely(p))
		record_alloc_hot(p, bytes, &here);
	return p;
}

EXPORT void *calloc(size_t count, size_t bytes)
{
	const struct anchor here = ANCHOR_HERE;
	void *p;

	if (unlikely(!start_on()))
		return pass_calloc(count, bytes);
	p = next.calloc(count, bytes);
	if (likely(p))
		record_alloc(p, count * bytes, &here);
	return p;
}

static void *recorded_realloc(void *old, size_t bytes, const struct anchor *here)
{
	struct record_realloc change;
	void *p;

	change.known = false;
	thread_moving = &change;
	record_realloc_begin(&change, old, here);
	p = next.realloc(old, bytes);
	if (p)
		record_realloc_done(&change, p, bytes, here);
	else if (bytes == 0)
		record_realloc_freed(&change, here);
	else
		record_realloc_failed(&change, old, here);
	thread_moving = NULL;
	return p;
}

static void *any_realloc(void *old, size_t bytes, const struct anchor *here)
{
	void *p;

	if (unlikely(next_is_boot(old)))
		return move_boot(old, bytes);
	if (unlikely(!start_on())) {
		next_resolve();
		return next.realloc(old, bytes);
	}
	if (old)
		return recorded_realloc(old, bytes, here);
	p = next.realloc(NULL, bytes);
	if (p)
		record_alloc(p, bytes, here);
	return p;
}

EXPORT void *realloc(void *old, size_t bytes)
{
	const struct anchor here = ANCHOR_HERE;

	return any_realloc(old, bytes, &here);
}

EXPORT void *reallocarray(void *old, size_t count, size_t bytes)
{
	const struct anchor here = ANCHOR_HERE;
	size_t total;

	if (__builtin_mul_overflow(count, bytes, &total)) {
		errno = ENOMEM;
		return NULL;
	}
	return any_realloc(old, total, &here);
}

EXPORT void free(void *p)
{
	const struct anchor here = ANCHOR_HERE;

	if (!p || unlikely(next_is_boot(p)))
		return;
	if (likely(start_on()))
		record_free_hot(p, &here);
	else
		next_resolve();
	next.free(p);
}

/* The sizes are hints, and the next allocator may know nothing of these two. */
static void free_with_hint(void *p, const struct anchor *here)
{
	if (!p || unlikely(next_is_boot(p)))
		return;
	if (likely(start_on()))
		record_free(p, here);
	else
		next_resolve();
	next.free(p);
}

EXPORT void free_sized(void *p, size_t bytes)
{
	const struct anchor here = ANCHOR_HERE;

	(void)bytes;
	free_with_hint(p, &here);
}

EXPORT void free_aligned_sized(void *p, size_t align, size_t bytes)
{
	const struct anchor here = ANCHOR_HERE;

	(void)align;
	(void)bytes;
	free_with_hint(p, &here);
}

EXPORT int posix_memalign(void **result, size_t align, size_t bytes)
{
	const struct anchor here = ANCHOR_HERE;
	bool on = start_on();
	int r;

	next_resolve();
	r = next.posix_memalign(result, align, bytes);
	if (r == 0 && on && *result)
		record_alloc(*result, bytes, &here);
	return r;
}

#define ALIGNED_HOOK(name)                              \
	EXPORT void *name(size_t align, size_t bytes)   \
	{                                               \
		const struct anchor here = ANCHOR_HERE; \
		bool on = start_on();                   \
		void *p;                                \
                                                        \
		next_resolve();                         \
		p = next.name(align, bytes);            \
		if (p && on)                            \
			record_alloc(p, bytes, &here);  \
		return p;                               \
	}

ALIGNED_HOOK(aligned_alloc)
ALIGNED_HOOK(memalign)

#define PAGE_HOOK(name)                                 \
	EXPORT void *name(size_t bytes)                 \
	{                                               \
		const struct anchor here = ANCHOR_HERE; \
		bool on = start_on();                   \
		void *p;                                \
                                                        \
		next_resolve();                         \
		p = next.name(bytes);                   \
		if (p && on)                            \
			record_alloc(p, bytes, &here);  \
		return p;                               \
	}

PAGE_HOOK(valloc)
PAGE_HOOK(pvalloc)

/* Only because a block of the pool has no header for the real one to read. */
EXPORT size_t malloc_usable_size(void *p)
{
	if (!p)
		return 0;
	if (unlikely(next_is_boot(p)))
		return next_boot_bytes(p);
	next_resolve();
	return next.usable_size ? next.usable_size(p) : 0;
}
