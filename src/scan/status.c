/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scan/status.h"

#include <fcntl.h>

static int open_status(int tid)
{
	char path[64];
	struct sys_text text = { path, 0, sizeof(path) };

	if (!tid)
		return sys_open("/proc/thread-self/status", O_RDONLY | O_CLOEXEC, 0);
	sys_put(&text, "/proc/self/task/");
	sys_put_number(&text, (uint64_t)tid);
	sys_put(&text, "/status");
	return sys_open(path, O_RDONLY | O_CLOEXEC, 0);
}

/* Behind "\nNAME:\t", or NULL. */
static const char *find(const char *text, const char *name)
{
	for (; *text; text++) {
		const char *at = text + 1, *n = name;

		if (*text != '\n')
			continue;
		while (*n && *at == *n)
			at++, n++;
		if (!*n && *at == ':')
			return at + 2;
	}
	return NULL;
}

static uint64_t hexadecimal(const char *at)
{
	uint64_t value = 0;

	for (; (*at >= '0' && *at <= '9') || (*at >= 'a' && *at <= 'f'); at++)
		value = value << 4 | (uint64_t)(*at <= '9' ? *at - '0' : *at - 'a' + 10);
	return value;
}

bool status_read(int tid, struct status *status)
{
	static char text[4096]; /* the stack may be small */
	const char *blocked, *filters;
	int fd = open_status(tid);
	long n;

	if (fd < 0)
		return false;
	n = sys_read(fd, text, sizeof(text) - 1);
	sys_close(fd);
	text[n > 0 ? n : 0] = 0;
	blocked = find(text, "SigBlk");
	filters = find(text, "Seccomp_filters");
	if (!blocked)
		return false;
	status->blocked = hexadecimal(blocked);
	status->seccomp_filters = filters ? hexadecimal(filters) : 0;
	return true;
}
