/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lowers a limit of its own, then allocates from many stacks.  usage: limits MODE [ARG]
 *   fsize      no file may grow; SIGXFSZ is counted
 *   as         128 MiB of address space
 *   nofile     three descriptors
 *   mlockall   all memory present and future is locked; prints its growth in KiB
 *   chroot DIR, drop   another root; another user
 *   none       only the work
 * Ends with live_blocks and live_bytes of keep_block.
 */
#define _GNU_SOURCE
#include "victim.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>

static void *kept[100000];
static volatile sig_atomic_t too_large;
static long live_bytes, live_blocks;

static void count_signal(int signal)
{
	(void)signal;
	too_large++;
}

APART static void keep_block(size_t bytes)
{
	kept[live_blocks] = malloc(bytes);
	need(kept[live_blocks] != NULL, "allocation");
	live_blocks++;
	live_bytes += (long)bytes;
}

/* Each path through this tree is a stack of its own. */
APART static void branch(int depth, unsigned int path)
{
	if (!depth)
		keep_block(16 + path % 64);
	else if (path & 1)
		branch(depth - 1, path >> 1);
	else {
		branch(depth - 1, path >> 1);
		HERE();
	}
	HERE();
}

static void work(void)
{
	for (unsigned int path = 0; path < 1u << 14; path++)
		branch(14, path);
}

static void limit(int which, rlim_t value)
{
	struct rlimit limit = { value, value };

	need(!setrlimit(which, &limit), "setrlimit");
}

/* VmRSS in KiB; descriptors may be used up, memory may not be allocated. */
static long rss_kb(void)
{
	char text[4096];
	const char *found;
	ssize_t bytes;
	int fd = open("/proc/self/status", O_RDONLY);

	need(fd >= 0, "status");
	bytes = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[bytes > 0 ? bytes : 0] = 0;
	found = strstr(text, "VmRSS:");
	return found ? atol(found + 6) : 0;
}

static void drop(void)
{
	need(!setgid(65534) && !setuid(65534), "another user");
	need(setuid(0) != 0, "no way back");
}

static void prepare(const char *mode, const char *arg)
{
	if (!strcmp(mode, "fsize")) {
		signal(SIGXFSZ, count_signal);
		limit(RLIMIT_FSIZE, arg ? (rlim_t)atol(arg) : 0);
	} else if (!strcmp(mode, "as")) {
		limit(RLIMIT_AS, (rlim_t)128 << 20);
	} else if (!strcmp(mode, "nofile")) {
		limit(RLIMIT_NOFILE, 3);
	} else if (!strcmp(mode, "mlockall")) {
		need(!mlockall(MCL_CURRENT | MCL_FUTURE), "mlockall");
	} else if (!strcmp(mode, "chroot")) {
		need(!chroot(arg) && !chdir("/"), "chroot");
	} else if (!strcmp(mode, "drop")) {
		drop();
	}
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "none";
	long before;

	before = rss_kb();
	prepare(mode, argc > 2 ? argv[2] : NULL);
	work();
	if (!strcmp(mode, "mlockall") || !strcmp(mode, "none"))
		say("rss_kb=%ld\ngrowth_kb=%ld\n", rss_kb(), rss_kb() - before);
	say("live_bytes=%ld\nlive_blocks=%ld\nsignals=%d\n", live_bytes, live_blocks,
	    (int)too_large);
	return 0;
}
