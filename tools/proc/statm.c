/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proc/statm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int proc_statm_reread(int fd, struct proc_memory *m)
{
	static uint64_t page_bytes;
	char text[256], *at = text;
	uint64_t pages[7];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	if (n <= 0)
		return n ? -errno : -ESRCH;
	text[n] = 0;
	if (!page_bytes)
		page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	for (int i = 0; i < 7; i++)
		pages[i] = strtoull(at, &at, 10) * page_bytes;
	*m = (struct proc_memory){ .vms = pages[0],
				   .rss = pages[1],
				   .shared = pages[2],
				   .text = pages[3],
				   .lib = pages[4],
				   .data = pages[5],
				   .dirty = pages[6] };
	return 0;
}

int proc_statm_read(pid_t pid, struct proc_memory *m)
{
	char path[64];
	int fd, ret;

	snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	ret = proc_statm_reread(fd, m);
	close(fd);
	return ret;
}

uint64_t proc_machine_bytes(void)
{
	unsigned long long kib = 0;
	char line[256];
	FILE *f = fopen("/proc/meminfo", "re");

	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f) && sscanf(line, "MemTotal: %llu", &kib) != 1)
		;
	fclose(f);
	return kib * 1024;
}
