/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scan/status.h"

#include <fcntl.h>

#define QUOTED(x)    #x
#define STRING_OF(x) QUOTED(x)

static int open_file(int tid, const char *name)
{
	char path[64];
	struct sys_text text = { path, 0, sizeof(path) };

	if (tid) {
		sys_put(&text, "/proc/self/task/");
		sys_put_number(&text, (uint64_t)tid);
	} else {
		sys_put(&text, "/proc/thread-self");
	}
	sys_put(&text, name);
	return sys_open(path, O_RDONLY | O_CLOEXEC, 0);
}

static bool read_file(int tid, const char *name, char *to, size_t size)
{
	int fd = open_file(tid, name);
	long n;

	if (fd < 0)
		return false;
	n = sys_read(fd, to, size - 1);
	sys_close(fd);
	to[n > 0 ? n : 0] = 0;
	return n > 0;
}

/* Is it in sigwait or the like, as far as can be told? */
static bool waits_for_signals(int tid)
{
	char text[256];
	const char *wanted = STRING_OF(SYS_rt_sigtimedwait) " ", *at = text;

	if (!read_file(tid, "/syscall", text, sizeof(text)))
		return true;
	while (*wanted && *at == *wanted)
		at++, wanted++;
	return !*wanted;
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

	if (!read_file(tid, "/status", text, sizeof(text)))
		return false;
	blocked = find(text, "SigBlk");
	filters = find(text, "Seccomp_filters");
	if (!blocked)
		return false;
	status->blocked = tid && waits_for_signals(tid) ? ~(uint64_t)0 : hexadecimal(blocked);
	status->seccomp_filters = filters ? hexadecimal(filters) : 0;
	return true;
}
