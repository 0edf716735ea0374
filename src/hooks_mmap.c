/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the program maps for itself.  The system is called as the C library does it; recording never
 * begins here, for the caller may be an allocator that is only just being set up.
 */
#include <stdarg.h>
#include <sys/mman.h>

#include "hooks.h"
#include "mappings/mappings.h"

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

static void *map(void *at, size_t bytes, int prot, int flags, int fd, off64_t offset,
		 const struct anchor *here)
{
	long r = sys_call(SYS_mmap, (long)at, (long)bytes, prot, flags, fd, offset);

	if (!hooks_failed(r) && start_on_already())
		mappings_came((uintptr_t)r, bytes, prot, flags, fd, here);
	return (void *)hooks_result(r);
}

EXPORT void *mmap(void *at, size_t bytes, int prot, int flags, int fd, off_t offset)
{
	const struct anchor here = ANCHOR_HERE;

	return map(at, bytes, prot, flags, fd, offset, &here);
}

EXPORT void *mmap64(void *at, size_t bytes, int prot, int flags, int fd, off64_t offset)
{
	const struct anchor here = ANCHOR_HERE;

	return map(at, bytes, prot, flags, fd, offset, &here);
}

EXPORT int munmap(void *at, size_t bytes)
{
	const struct anchor here = ANCHOR_HERE;
	struct mappings_gone gone;
	bool on = start_on_already();
	long r;

	if (on)
		mappings_go(&gone, (uintptr_t)at, bytes, &here);
	r = sys_call(SYS_munmap, (long)at, (long)bytes, 0, 0, 0, 0);
	if (hooks_failed(r) && on)
		mappings_came_back(&gone, &here);
	return (int)hooks_result(r);
}

struct remap {
	void *old, *new;
	size_t old_bytes, new_bytes;
	int flags;
};

static long call_mremap(const struct remap *m)
{
	return sys_call(SYS_mremap, (long)m->old, (long)m->old_bytes, (long)m->new_bytes, m->flags,
			(long)m->new, 0);
}

/* Addresses that others may be given during the call leave the table before it. */
static long recorded_mremap(const struct remap *m, const struct anchor *here)
{
	uintptr_t old = (uintptr_t)m->old;
	bool stays = m->flags & MREMAP_DONTUNMAP || !m->old_bytes;
	bool frees = !stays && (m->flags & MREMAP_MAYMOVE || m->new_bytes < m->old_bytes);
	struct mappings_gone gone;
	long r;

	if (frees)
		mappings_go(&gone, old, m->old_bytes, here);
	else
		mappings_peek(&gone, old, m->old_bytes);
	r = call_mremap(m);
	if (!hooks_failed(r))
		mappings_moved(&gone, (uintptr_t)r, m->new_bytes, here);
	else if (frees)
		mappings_came_back(&gone, here);
	return r;
}

EXPORT void *mremap(void *old, size_t old_bytes, size_t new_bytes, int flags, ...)
{
	const struct anchor here = ANCHOR_HERE;
	struct remap m = { old, NULL, old_bytes, new_bytes, flags };
	va_list list;

	va_start(list, flags);
	if (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP))
		m.new = va_arg(list, void *);
	va_end(list);
	return (void *)hooks_result(start_on_already() ? recorded_mremap(&m, &here)
						       : call_mremap(&m));
}

EXPORT int mprotect(void *at, size_t bytes, int prot)
{
	const struct anchor here = ANCHOR_HERE;
	long r = sys_call(SYS_mprotect, (long)at, (long)bytes, prot, 0, 0, 0);

	if (r == 0 && prot != PROT_NONE && start_on_already())
		mappings_opened((uintptr_t)at, bytes, &here);
	return (int)hooks_result(r);
}
