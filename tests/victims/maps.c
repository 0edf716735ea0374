/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Maps, unmaps, moves and splits, and knows to the byte what is left, by function and kind; the
 * kernel's own list must say the same, and refused calls must leave errno as the kernel has it.
 * usage: maps [MODE]
 *   alone    compare with the kernel's list: nobody else may map
 *   fork     a child unmaps and maps some
 *   vfork    the same in a child that shares the memory
 *   signals  a handler maps while the program does
 *   locked   goes on where only mapping, write and exit are allowed
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "victim.h"

#define PAGE	((size_t)4096)
#define RW	(PROT_READ | PROT_WRITE)
#define ANON	(MAP_PRIVATE | MAP_ANONYMOUS)
#define THREADS 4
#define ROUNDS	500

#define SITE(name)                                                                   \
	APART static char *name(void *at, size_t bytes, int prot, int flags, int fd) \
	{                                                                            \
		char *p = mmap(at, bytes, prot, flags, fd, 0);                       \
                                                                                     \
		HERE();                                                              \
		return p;                                                            \
	}

SITE(map_kept)
SITE(map_holed)
SITE(map_over)
SITE(map_moved)
SITE(map_file)
SITE(map_shared)
SITE(map_memfd)
SITE(map_reserved)
SITE(map_thread)
SITE(map_none)
SITE(map_child)
SITE(map_handler)
SITE(map_locked)

APART static char *move(void *old, size_t from, size_t to, int flags)
{
	char *p = mremap(old, from, to, flags);

	HERE();
	return p;
}

static char text[1 << 20];

/* Bytes of private anonymous memory in the kernel's list, all that has no name. */
static size_t kernel_bytes(void)
{
	int fd = open("/proc/self/maps", O_RDONLY), used = 0, n;
	size_t bytes = 0;

	while ((n = read(fd, text + used, sizeof(text) - 1 - used)) > 0)
		used += n;
	close(fd);
	text[used] = 0;
	for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
		unsigned long from, to;
		char perms[8];
		int at = 0;

		*end = 0;
		need(sscanf(line, "%lx-%lx %7s %*s %*s %*s %n", &from, &to, perms, &at) >= 3,
		     "maps");
		if (perms[3] == 'p' && !line[at])
			bytes += to - from;
	}
	return bytes;
}

static void *work(void *unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		size_t pages = 1 + i % 7;
		char *p = map_thread(NULL, pages * PAGE, RW, ANON, -1);

		need(p != MAP_FAILED, "thread's map");
		p[0] = 1;
		if (i % 3 == 0)
			p = move(p, pages * PAGE, (pages + 8) * PAGE, MREMAP_MAYMOVE), pages += 8;
		need(p != MAP_FAILED && munmap(p, pages * PAGE) == 0, "thread's unmap");
	}
	return unused;
}

static void refuse(void)
{
	char *p = map_none(NULL, 2 * PAGE, RW, ANON, -1);

	errno = 0;
	need(map_none(NULL, 0, RW, ANON, -1) == MAP_FAILED && errno == EINVAL, "no bytes");
	need(map_none(NULL, PAGE, RW, MAP_PRIVATE, -1) == MAP_FAILED && errno == EBADF, "no file");
	need(map_none(NULL, (size_t)1 << 60, RW, ANON, -1) == MAP_FAILED && errno == ENOMEM, "all");
	need(munmap(p + 1, PAGE) == -1 && errno == EINVAL, "crooked munmap");
	need(munmap(p, 0) == -1 && errno == EINVAL, "munmap of nothing");
	need(move(p, 2 * PAGE, (size_t)1 << 45, MREMAP_MAYMOVE) == MAP_FAILED && errno == ENOMEM,
	     "mremap to all");
	need(move(p + 1, PAGE, PAGE, MREMAP_MAYMOVE) == MAP_FAILED && errno == EINVAL, "crooked");
	need(mprotect(p + 1, PAGE, RW) == -1 && errno == EINVAL, "crooked mprotect");
	errno = 77;
	need(munmap(p, 2 * PAGE) == 0 && errno == 77, "errno stays");
}

static void threads(void)
{
	pthread_t list[THREADS];

	for (int i = 0; i < THREADS; i++)
		need(pthread_create(&list[i], NULL, work, NULL) == 0, "pthread_create");
	for (int i = 0; i < THREADS; i++)
		pthread_join(list[i], NULL);
}

static char *kept;

/* 5 pages of what the parent holds go, 3 come. */
static void child(void)
{
	need(munmap(kept, 5 * PAGE) == 0, "child's munmap");
	need(map_child(NULL, 3 * PAGE, RW, ANON, -1) != MAP_FAILED, "child's mmap");
	_exit(0);
}

static void forked(void)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		child();
	need(waitpid(pid, &status, 0) == pid && status == 0, "child");
}

static void vforked(void)
{
	int status;
	pid_t pid = vfork();

	if (!pid)
		child();
	need(waitpid(pid, &status, 0) == pid && status == 0, "child");
}

static volatile int handled;

static void handle(int unused)
{
	int old = errno;
	char *p = map_handler(NULL, 3 * PAGE, RW, ANON, -1);

	(void)unused;
	if (p == MAP_FAILED || munmap(p, 3 * PAGE) != 0)
		_exit(97);
	errno = old;
	handled++;
}

static void signals(void)
{
	struct sigaction action = { .sa_handler = handle, .sa_flags = SA_RESTART };
	struct itimerval often = { { 0, 200 }, { 0, 200 } }, never = { { 0, 0 }, { 0, 0 } };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	while (handled < 300)
		work(NULL);
	setitimer(ITIMER_REAL, &never, NULL);
}

/* clang-format off */
#define ALLOW(name)                                                \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1),     \
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static struct sock_filter rules[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	ALLOW(mmap), ALLOW(munmap), ALLOW(mremap), ALLOW(mprotect), ALLOW(write), ALLOW(exit_group),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
};
/* clang-format on */

static void locked(void)
{
	struct sock_fprog program = { COUNT_OF(rules), rules };

	need(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
		     prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0,
	     "seccomp");
	for (int i = 0; i < 40; i++)
		need(map_locked(NULL, PAGE, RW, ANON, -1) != MAP_FAILED, "locked mmap");
	work(NULL);
	say("anonymous map_locked %zu 40\n", 40 * PAGE);
}

static void go_on(const char *mode)
{
	if (!strcmp(mode, "fork"))
		forked();
	else if (!strcmp(mode, "vfork"))
		vforked();
	else if (!strcmp(mode, "signals"))
		signals();
	else if (!strcmp(mode, "locked"))
		locked();
}

int main(int argc, char **argv)
{
	size_t before = kernel_bytes(), mine;
	int memory = memfd_create("victim", 0), file = open(argv[0], O_RDONLY);
	char *p, *q;

	need(memory >= 0 && ftruncate(memory, 64 * PAGE) == 0, "memfd");
	refuse();
	p = map_kept(NULL, 100 * PAGE - 5, RW, ANON, -1);
	memset(p, 1, 50 * PAGE);
	kept = p;
	/* A hole, an end and a start go: 100 - 20 - 10 - 7 are left, in two. */
	p = map_holed(NULL, 100 * PAGE, RW, ANON, -1);
	need(munmap(p + 40 * PAGE, 20 * PAGE) == 0 && munmap(p + 90 * PAGE, 10 * PAGE) == 0 &&
		     munmap(p, 7 * PAGE) == 0,
	     "holes");
	/* The middle third belongs to another site. */
	p = map_over(NULL, 30 * PAGE, RW, ANON, -1);
	q = map_kept(p + 10 * PAGE, 10 * PAGE, RW, ANON | MAP_FIXED, -1);
	need(q == p + 10 * PAGE, "fixed");
	/* Grows from 20 to 200 and shrinks to 50: mremap's own. */
	p = map_moved(NULL, 20 * PAGE, RW, ANON, -1);
	p = move(p, 20 * PAGE, 200 * PAGE, MREMAP_MAYMOVE);
	need(p != MAP_FAILED, "grow");
	p = move(p, 200 * PAGE, 50 * PAGE, 0);
	need(p != MAP_FAILED, "shrink");
	/* One TiB of addresses, of which 16 pages are opened and 4 mapped over. */
	p = map_reserved(NULL, (size_t)1 << 40, PROT_NONE, ANON | MAP_NORESERVE, -1);
	need(p != MAP_FAILED, "reserve");
	need(mprotect(p + 64 * PAGE, 16 * PAGE, RW) == 0, "open");
	need(map_kept(p, 4 * PAGE, RW, ANON | MAP_FIXED, -1) == p, "commit");
	mine = kernel_bytes() - before;
	need(map_file(NULL, 3 * PAGE, PROT_READ, MAP_PRIVATE, file) != MAP_FAILED, "file");
	need(map_shared(NULL, 9 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1) != MAP_FAILED,
	     "shared");
	need(map_memfd(NULL, 64 * PAGE, RW, MAP_SHARED, memory) != MAP_FAILED, "memfd");
	threads();
	say("anonymous map_kept %zu 3\n", (100 + 10 + 4) * PAGE);
	say("anonymous map_holed %zu 2\n", 63 * PAGE);
	say("anonymous map_over %zu 2\n", 20 * PAGE);
	say("anonymous move %zu 1\n", 50 * PAGE);
	say("anonymous map_reserved %zu 1\n", 16 * PAGE);
	say("file map_file %zu 1\n", 3 * PAGE);
	say("reserved map_reserved %zu 2\n", ((size_t)1 << 40) - 20 * PAGE);
	say("shared map_memfd %zu 1\n", 64 * PAGE);
	say("shared map_shared %zu 1\n", 9 * PAGE);
	need(argc < 2 || strcmp(argv[1], "alone") != 0 ||
		     mine == (114 - 4 + 63 + 20 + 50) * PAGE + ((size_t)1 << 40),
	     "the kernel's list");
	if (argc > 1)
		go_on(argv[1]);
	return 0;
}
