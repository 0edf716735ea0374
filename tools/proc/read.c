/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proc/read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/err.h"

#define PART_BYTES 16384

static int read_all(int fd, struct buf *out)
{
	char part[PART_BYTES];
	ssize_t n;

	while ((n = read(fd, part, sizeof(part))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		buf_add(out, part, (size_t)n);
	}
	return out->failed ? -ENOMEM : 0;
}

int proc_read(pid_t pid, const char *file, struct buf *out)
{
	char path[64];
	int fd, ret;

	buf_reset(out);
	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	ret = read_all(fd, out);
	close(fd);
	return ret;
}

int proc_fail(pid_t pid, int error, struct err *e)
{
	if (error == -ESRCH)
		return err_set(e, error, "no process %d: it has ended, or never was", (int)pid);
	if (error == -EACCES || error == -EPERM)
		return err_set(e, error,
			       "process %d is another user's, and how its memory is shared is for "
			       "its owner to see; try sudo tidemark ps %d",
			       (int)pid, (int)pid);
	return err_errno(e, error, "process %d", (int)pid);
}
