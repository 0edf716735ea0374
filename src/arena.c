/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "arena.h"

#include <sys/mman.h>

#include "lock.h"
#include "owned.h"

#define STRETCH_BYTES ((size_t)1 << 20)
#define PAGE_BYTES    ((size_t)4096)

/* Tables that have become so large are put on huge pages: they are looked up at random. */
#define HUGE_FROM  ((size_t)4 << 20)
#define HUGE_BYTES ((size_t)2 << 20)

static struct {
	struct lock lock;
	char *at;
	char *end;
	size_t total_bytes;
} arena;

size_t arena_bytes(void)
{
	return __atomic_load_n(&arena.total_bytes, __ATOMIC_RELAXED);
}

void *arena_map(size_t bytes)
{
	void *at;

	if (sys_locked_down)
		return NULL;
	at = sys_map(NULL, bytes, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
	if (!at)
		return NULL;
	sys_advise(at, bytes, MADV_DONTDUMP);
	owned_add((uintptr_t)at, bytes);
	__atomic_fetch_add(&arena.total_bytes, bytes, __ATOMIC_RELAXED);
	return at;
}

void arena_unmap(void *at, size_t bytes)
{
	if (sys_locked_down)
		return;
	owned_remove((uintptr_t)at, bytes);
	sys_unmap(at, bytes);
	__atomic_fetch_sub(&arena.total_bytes, bytes, __ATOMIC_RELAXED);
}

static size_t alignment_of(size_t bytes)
{
	if (bytes >= PAGE_BYTES)
		return PAGE_BYTES;
	return bytes & (bytes - 1) || bytes < 64 ? 64 : bytes;
}

static char *cut_off(size_t bytes)
{
	uintptr_t align = alignment_of(bytes);
	char *at = (char *)(((uintptr_t)arena.at + align - 1) & ~(align - 1));

	if (!arena.at || at + bytes > arena.end)
		return NULL;
	arena.at = at + bytes;
	return at;
}

/* A stretch that begins and ends where huge pages do. */
static char *map_huge(void)
{
	char *at = arena_map(2 * HUGE_BYTES), *from;
	size_t before;

	if (!at)
		return NULL;
	before = -(uintptr_t)at & (HUGE_BYTES - 1);
	from = at + before;
	if (before)
		arena_unmap(at, before);
	if (before < HUGE_BYTES)
		arena_unmap(from + HUGE_BYTES, HUGE_BYTES - before);
	sys_advise(from, HUGE_BYTES, MADV_HUGEPAGE);
	return from;
}

static bool restock(void)
{
	bool huge = arena_bytes() >= HUGE_FROM;
	char *stretch = huge ? map_huge() : arena_map(STRETCH_BYTES);

	if (!stretch)
		return false;
	arena.at = stretch;
	arena.end = stretch + (huge ? HUGE_BYTES : STRETCH_BYTES);
	return true;
}

void *arena_take(size_t bytes, int tid)
{
	void *at;

	if (bytes > STRETCH_BYTES / 4)
		return arena_map(bytes);
	if (!lock_take(&arena.lock, tid))
		return NULL;
	at = cut_off(bytes);
	if (!at && restock())
		at = cut_off(bytes);
	lock_drop(&arena.lock);
	return at;
}

void arena_stock(int tid)
{
	if (!lock_take(&arena.lock, tid))
		return;
	if (arena.end - arena.at < (ptrdiff_t)STRETCH_BYTES / 2)
		restock();
	lock_drop(&arena.lock);
}

void arena_after_fork(void)
{
	arena.lock.owner = 0;
}
