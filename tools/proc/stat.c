/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proc/stat.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TEXT_BYTES 1024

static int read_text(pid_t pid, char *text)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	n = read(fd, text, TEXT_BYTES - 1);
	if (n < 0)
		n = -errno;
	close(fd);
	if (n <= 0)
		return n ? (int)n : -ESRCH;
	text[n] = 0;
	return 0;
}

int proc_stat_read(pid_t pid, struct proc_stat *s)
{
	char text[TEXT_BYTES], *name, *behind;
	unsigned long long ticks;
	int parent, threads, ret = read_text(pid, text);

	if (ret < 0)
		return ret;
	/* The name in parentheses may hold anything, parentheses too. */
	name = strchr(text, '(');
	behind = strrchr(text, ')');
	if (!name || !behind ||
	    sscanf(behind + 1,
		   " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %d %*d %llu",
		   &s->state, &parent, &threads, &ticks) != 4)
		return -EBADMSG;
	*behind = 0;
	snprintf(s->name, sizeof(s->name), "%s", name + 1);
	s->pid = pid;
	s->parent = parent;
	s->threads = threads > 0 ? (uint32_t)threads : 0;
	s->start_ticks = ticks;
	return 0;
}
