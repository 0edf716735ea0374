/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A library with a malloc that may be entered at any moment, by signal handlers too: it counts an
 * atomic word upwards and reuses nothing.  Goes behind the recording library:
 *   LD_PRELOAD="libtidemark.so libbump.so"
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#define POOL ((size_t)32 << 30)

void *malloc(size_t bytes);
void *calloc(size_t count, size_t bytes);
void *realloc(void *block, size_t bytes);
void free(void *block);
void *memalign(size_t align, size_t bytes);
void *aligned_alloc(size_t align, size_t bytes);
int posix_memalign(void **block, size_t align, size_t bytes);

static _Atomic(char *) pool;
static atomic_size_t used = 64;

static char *the_pool(void)
{
	char *mine = atomic_load(&pool), *none = NULL;

	if (mine)
		return mine;
	mine = mmap(NULL, POOL, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		    -1, 0);
	if (mine == MAP_FAILED)
		return NULL;
	if (atomic_compare_exchange_strong(&pool, &none, mine))
		return mine;
	munmap(mine, POOL);
	return none;
}

/* The functions below may not call each other: they would meet the hooks before them. */
static void *take_from_pool(size_t align, size_t bytes)
{
	char *base = the_pool();
	size_t take, at;

	if (align < 16)
		align = 16;
	take = ((bytes + 15) & ~(size_t)15) + align + 16;
	if (!base || bytes > POOL || (at = atomic_fetch_add(&used, take)) + take > POOL) {
		errno = ENOMEM;
		return NULL;
	}
	at = (at + 16 + align - 1) & ~(align - 1);
	*(size_t *)(base + at - 16) = bytes;
	return base + at;
}

void *malloc(size_t bytes)
{
	return take_from_pool(16, bytes);
}

void *calloc(size_t count, size_t bytes)
{
	size_t all;

	if (__builtin_mul_overflow(count, bytes, &all)) {
		errno = ENOMEM;
		return NULL;
	}
	return take_from_pool(16, all);
}

void *realloc(void *block, size_t bytes)
{
	size_t old = block ? *(size_t *)((char *)block - 16) : 0;
	void *moved = take_from_pool(16, bytes);

	if (moved && block)
		memcpy(moved, block, old < bytes ? old : bytes);
	return moved;
}

void free(void *block)
{
	(void)block;
}

void *aligned_alloc(size_t align, size_t bytes)
{
	return take_from_pool(align, bytes);
}

int posix_memalign(void **block, size_t align, size_t bytes)
{
	*block = take_from_pool(align, bytes);
	return *block ? 0 : ENOMEM;
}

void *memalign(size_t align, size_t bytes)
{
	return take_from_pool(align, bytes);
}
