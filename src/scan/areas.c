/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scan/areas.h"

#include <errno.h>
#include <fcntl.h>

#include "arena.h"
#include "scan/crew.h"
#include "scan/pages.h"

#define AREAS_MOST   ((size_t)1 << 19)
#define BUFFER_BYTES ((size_t)64 << 10)

static struct {
	struct area *list;
	uint32_t count;
	uint32_t last[CREW_MOST]; /* found, by each of those at work */
	int maps;
	int pages;
} areas = { .maps = -1, .pages = -1 };

/* Lines are read through one buffer. */
struct lines {
	int fd;
	char *buffer;
	size_t at, used;
};

bool areas_open(void)
{
	areas.maps = sys_open("/proc/self/maps", O_RDONLY | O_CLOEXEC, 0);
	areas.pages = sys_open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC, 0);
	return areas.maps >= 0;
}

void areas_close(void)
{
	if (areas.maps >= 0)
		sys_close(areas.maps);
	if (areas.pages >= 0)
		sys_close(areas.pages);
	areas.maps = areas.pages = -1;
	pages_end();
	if (areas.list)
		arena_unmap(areas.list, AREAS_MOST * sizeof(*areas.list));
	areas.list = NULL;
	areas.count = areas.last[0] = 0;
}

/* The next character, 0 at the end. */
static char next(struct lines *l)
{
	long n;

	if (l->at < l->used)
		return l->buffer[l->at++];
	do
		n = sys_read(l->fd, l->buffer, BUFFER_BYTES);
	while (n == -EINTR);
	l->used = n > 0 ? (size_t)n : 0;
	l->at = 0;
	return l->used ? l->buffer[l->at++] : 0;
}

/* Digits up to the first other character, which is returned. */
static char read_hex(struct lines *l, uint64_t *value)
{
	char c;

	*value = 0;
	for (c = next(l); (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); c = next(l))
		*value = *value << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	return c;
}

static uint32_t read_rights(struct lines *l)
{
	uint32_t flags = 0;

	flags |= next(l) == 'r' ? AREA_READ : 0;
	flags |= next(l) == 'w' ? AREA_WRITE : 0;
	flags |= next(l) == 'x' ? AREA_EXECUTE : 0;
	flags |= next(l) == 's' ? AREA_SHARED : 0;
	return flags;
}

/* The rest of a line; the path begins behind the spaces. */
static void read_path(struct lines *l, char *path, size_t size)
{
	size_t used = 0;
	char c = next(l);

	while (c == ' ')
		c = next(l);
	for (; c && c != '\n'; c = next(l))
		if (used + 1 < size)
			path[used++] = c;
	path[used] = 0;
}

static bool begins(const char *path, const char *with)
{
	while (*with && *path == *with)
		path++, with++;
	return !*with;
}

/* Shared memory has a name, too, but it is memory. */
static bool is_memory(const char *path)
{
	return begins(path, "/memfd:") || begins(path, "/dev/shm/") || begins(path, "/SYSV") ||
	       begins(path, "/dev/zero") || begins(path, "/dev/hugepages/");
}

static uint32_t name_flags(const char *path, uint64_t inode)
{
	if (begins(path, "[heap]"))
		return AREA_HEAP;
	if (begins(path, "[stack]"))
		return AREA_STACK;
	if (!inode || is_memory(path))
		return 0;
	if (begins(path, "/dev/") || begins(path, "/sys/") || begins(path, "/proc/") ||
	    begins(path, "anon_inode:"))
		return AREA_DEVICE;
	return AREA_FILE;
}

/* start-end rights offset device:device inode path */
static bool read_line(struct lines *l, struct area *area)
{
	uint64_t start, end, unused, inode = 0;
	char path[64], c;

	if (read_hex(l, &start) != '-' || read_hex(l, &end) != ' ')
		return false;
	area->start = start;
	area->end = end;
	area->flags = read_rights(l);
	next(l);
	read_hex(l, &unused);
	read_hex(l, &unused);
	read_hex(l, &unused);
	/* Decimal, but all that counts is whether it is 0. */
	c = read_hex(l, &inode);
	if (c == '\n' || !c) {
		area->flags |= name_flags("", inode);
		return true;
	}
	read_path(l, path, sizeof(path));
	area->flags |= name_flags(path, inode);
	return true;
}

int areas_read(void)
{
	/* Mapped for a moment it would be in the list, and be read by whom the list is for. */
	static char buffer[BUFFER_BYTES];
	struct lines lines = { .fd = areas.maps, .buffer = buffer };

	areas.list = arena_map(AREAS_MOST * sizeof(*areas.list));
	if (!areas.list)
		return -ENOMEM;
	while (areas.count < AREAS_MOST && read_line(&lines, &areas.list[areas.count]))
		areas.count++;
	if (!areas.count)
		return -ENOENT;
	return pages_begin(areas.pages);
}

uint32_t areas_count(void)
{
	return areas.count;
}

const struct area *areas_get(uint32_t number)
{
	return &areas.list[number];
}

/* The first that ends behind the address. */
static uint32_t find_from(uintptr_t at)
{
	uint32_t low = 0, high = areas.count, *last = &areas.last[crew_number()];

	if (*last < high && areas.list[*last].end > at &&
	    (!*last || areas.list[*last - 1].end <= at))
		return *last;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (areas.list[middle].end <= at)
			low = middle + 1;
		else
			high = middle;
	}
	*last = low;
	return low;
}

const struct area *areas_find(uintptr_t at)
{
	uint32_t number = find_from(at);

	return number < areas.count && areas.list[number].start <= at ? &areas.list[number] : NULL;
}

bool areas_readable(uintptr_t *from, uintptr_t *to)
{
	uintptr_t end = *to;

	for (uint32_t i = find_from(*from); i < areas.count && *from < end; i++) {
		const struct area *area = &areas.list[i];

		if (area->start >= end)
			return false;
		if (!(area->flags & AREA_READ) || area->flags & AREA_DEVICE)
			continue;
		if (*from < area->start)
			*from = area->start;
		*to = area->end < end ? area->end : end;
		if (pages_present(area, from, to))
			return true;
	}
	return false;
}
