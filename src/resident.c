/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "resident.h"

#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>

#include "sys.h"

#define PAUSE_US 20000u /* between two readings of a file */

/*
 * getrusage() is quick, but hands on what the process had before its exec, which may be all that
 * its parent has.  What is larger than at the start is the program's own; until then a file in
 * /proc tells.
 */
static struct {
	uint64_t inherited_bytes;
	uint64_t own_bytes;
	uint64_t due_us;
	char text[4096];
} resident;

static uint64_t most_so_far(void)
{
	struct rusage usage;

	if (sys_call(SYS_getrusage, RUSAGE_SELF, (long)&usage, 0, 0, 0, 0) < 0)
		return 0;
	return (uint64_t)usage.ru_maxrss * 1024;
}

/* "VmHWM:      1234 kB" */
static uint64_t parse(const char *text)
{
	const char *at = strstr(text, "\nVmHWM:");
	uint64_t kib = 0;

	if (!at)
		return 0;
	for (at += strlen("\nVmHWM:"); *at == ' ' || *at == '\t';)
		at++;
	for (; *at >= '0' && *at <= '9'; at++)
		kib = kib * 10 + (uint64_t)(*at - '0');
	return kib * 1024;
}

static uint64_t read_own(void)
{
	int fd = sys_open("/proc/self/status", O_RDONLY | O_CLOEXEC, 0);
	long n;

	if (fd < 0)
		return 0;
	n = sys_read(fd, resident.text, sizeof(resident.text) - 1);
	sys_close(fd);
	if (n <= 0)
		return 0;
	resident.text[n] = 0;
	return parse(resident.text);
}

void resident_begin(void)
{
	resident.inherited_bytes = sys_locked_down ? 0 : most_so_far();
	resident.own_bytes = 0;
	resident.due_us = 0;
}

uint64_t resident_peak(uint64_t now_us)
{
	uint64_t bytes, own_bytes;

	if (sys_locked_down)
		return resident.own_bytes;
	bytes = most_so_far();
	if (bytes > resident.inherited_bytes)
		return bytes;
	if (now_us < resident.due_us)
		return resident.own_bytes;
	resident.due_us = now_us == UINT64_MAX ? 0 : now_us + PAUSE_US;
	own_bytes = read_own();
	resident.own_bytes = own_bytes ? own_bytes : bytes;
	return resident.own_bytes;
}
