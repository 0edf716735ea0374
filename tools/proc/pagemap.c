/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proc/pagemap.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define PAGE_BYTES 4096u
#define AT_ONCE	   8192u /* pages */
#define PRESENT	   ((uint64_t)1 << 63)

int pagemap_open(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/pagemap", (int)pid);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static int64_t count_present(const uint64_t *entries, size_t count)
{
	int64_t present = 0;

	for (size_t i = 0; i < count; i++)
		present += (entries[i] & PRESENT) != 0;
	return present;
}

int64_t pagemap_resident(int pagemap, uint64_t first, uint64_t last)
{
	uint64_t entries[AT_ONCE], page = first / PAGE_BYTES, end = last / PAGE_BYTES;
	int64_t present = 0;

	while (page < end) {
		size_t want = end - page < AT_ONCE ? end - page : AT_ONCE;
		ssize_t got = pread(pagemap, entries, want * sizeof(*entries),
				    (off_t)(page * sizeof(*entries)));

		if (got < (ssize_t)sizeof(*entries))
			return -1;
		present += count_present(entries, (size_t)got / sizeof(*entries));
		page += (uint64_t)got / sizeof(*entries);
	}
	return present * PAGE_BYTES;
}
