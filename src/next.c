/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "next.h"

#include <dlfcn.h>
#include <unistd.h>

#define BOOT_ALIGN 16u

struct next next;
bool next_ready;

char next_boot_pool[NEXT_BOOT_BYTES] __attribute__((aligned(4096)));
static size_t boot_used;
static bool resolving;

void *next_symbol(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

static void resolve_required(void)
{
	next.malloc = next_symbol("malloc");
	next.calloc = next_symbol("calloc");
	next.realloc = next_symbol("realloc");
	next.free = next_symbol("free");
}

static void resolve_others(void)
{
	next.reallocarray = next_symbol("reallocarray");
	next.posix_memalign = next_symbol("posix_memalign");
	next.aligned_alloc = next_symbol("aligned_alloc");
	next.memalign = next_symbol("memalign");
	next.valloc = next_symbol("valloc");
	next.pvalloc = next_symbol("pvalloc");
	next.usable_size = next_symbol("malloc_usable_size");
	next.pthread_create = next_symbol("pthread_create");
	next.thrd_create = next_symbol("thrd_create");
}

void next_resolve(void)
{
	if (resolving || next_ready)
		return;
	resolving = true;
	resolve_required();
	resolve_others();
	__atomic_store_n(&next_ready, true, __ATOMIC_RELEASE);
	resolving = false;
}

bool next_is_libc(void)
{
	Dl_info allocator, libc;

	if (!dladdr((void *)next.malloc, &allocator) || !dladdr((void *)getppid, &libc))
		return true;
	return allocator.dli_fbase == libc.dli_fbase;
}

void *next_boot_take(size_t bytes, size_t align)
{
	size_t at, end;

	if (align < BOOT_ALIGN)
		align = BOOT_ALIGN;
	/* The size stands in the sixteen bytes before the block, for realloc. */
	at = (__atomic_load_n(&boot_used, __ATOMIC_RELAXED) + BOOT_ALIGN + align - 1) &
	     ~(align - 1);
	if (bytes > NEXT_BOOT_BYTES || at + bytes > NEXT_BOOT_BYTES)
		return NULL;
	end = (at + bytes + BOOT_ALIGN - 1) & ~(size_t)(BOOT_ALIGN - 1);
	__atomic_store_n(&boot_used, end, __ATOMIC_RELAXED);
	*(size_t *)(next_boot_pool + at - BOOT_ALIGN) = bytes;
	return next_boot_pool + at;
}

size_t next_boot_bytes(const void *at)
{
	return *(const size_t *)((const char *)at - BOOT_ALIGN);
}
