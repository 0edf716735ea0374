/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Looks at what a recording library may not change for its program, and prints it: the output is
 * to be the same with and without.  usage: manners MODE
 *   errno     after each call of the malloc family, when it works and when it fails
 *   limits    sizes that overflow, odd alignments, blocks of no bytes
 *   syscall   calls by number, with all their arguments and errors
 *   order     exit handlers of all kinds
 *   quick     the same for quick_exit
 *   bus       a SIGBUS of the program's own kills it
 *   bushandler  or meets its handler
 *   mask      signals blocked, pending and handled stay so
 *   stack     a thread with the smallest stack there is allocates
 */
#define _GNU_SOURCE
#include "victim.h"

#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

static volatile size_t much = SIZE_MAX / 2 + 4096;
static sigjmp_buf after_fault;

#define LOOK(call)                                                              \
	do {                                                                    \
		void *p_;                                                       \
                                                                                \
		errno = 77;                                                     \
		p_ = (call);                                                    \
		say("%s: %s, errno %d\n", #call, p_ ? "block" : "NULL", errno); \
		errno = 77;                                                     \
		free(p_);                                                       \
		if (errno != 77)                                                \
			say("%s: free changes errno to %d\n", #call, errno);    \
	} while (0)

static void look_at_errno(void)
{
	void *p = NULL;

	LOOK(malloc(100));
	LOOK(calloc(10, 10));
	LOOK(realloc(NULL, 50));
	LOOK(realloc(malloc(50), 5000));
	LOOK(reallocarray(malloc(50), 50, 50));
	LOOK(memalign(64, 100));
	LOOK(aligned_alloc(64, 128));
	LOOK(valloc(100));
	LOOK(pvalloc(100));
	LOOK(malloc(much));
	LOOK(calloc(much, 1));
	LOOK(calloc(much, 8));
	LOOK(realloc(NULL, much));
	LOOK(reallocarray(NULL, much, 4));
	LOOK(memalign(64, much));
	LOOK(malloc(1 << 26));
	errno = 77;
	say("posix_memalign: %d", posix_memalign(&p, 64, 100));
	say(" %d\n", errno);
	free(p);
	say("posix_memalign, bad: %d %d\n", posix_memalign(&p, 3, 100), errno);
	say("posix_memalign, much: %d %d\n", posix_memalign(&p, 64, much), errno);
}

static void look_at_limits(void)
{
	void *p = malloc(0), *q = malloc(0);

	say("malloc(0): %d, two differ: %d\n", p != NULL, p != q);
	say("usable: %zu %zu %zu\n", malloc_usable_size(p), malloc_usable_size(NULL),
	    malloc_usable_size(q));
	free(p);
	free(q);
	free(NULL);
	LOOK(calloc(0, 100));
	LOOK(calloc(much, 4));
	LOOK(realloc(malloc(10), 0));
	LOOK(memalign(8192, 10));
	LOOK(memalign(3, 10));
	LOOK(aligned_alloc(1 << 20, 1 << 20));
	for (size_t align = 16; align <= 1 << 16; align *= 2) {
		p = memalign(align, 33);
		say("memalign %zu: %zu\n", align, (uintptr_t)p % align);
		free(p);
	}
	p = calloc(1000, 7);
	for (int i = 0, sum = 0; i < 7000; i++, sum += ((char *)p)[i - 1])
		need(!sum, "zeroes");
	free(p);
}

static void look_at_calls(void)
{
	struct rlimit limit;
	char *page;
	long r;

	page = (char *)syscall(SYS_mmap, NULL, 4096, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	say("mmap: %d\n", page != MAP_FAILED && !page[4095]);
	errno = 0;
	r = syscall(SYS_mmap, NULL, 4096, PROT_READ, MAP_PRIVATE, -1, 4096);
	say("mmap, bad: %ld %d\n", r, errno);
	errno = 0;
	r = syscall(SYS_close, 12345);
	say("close: %ld %d\n", r, errno);
	say("getpid: %d\n", syscall(SYS_getpid) == getpid());
	say("write: %ld\n", syscall(SYS_write, 1, "x\n", 2));
	errno = 0;
	r = prctl(PR_GET_DUMPABLE);
	say("prctl: %ld %d\n", r, errno);
	r = prctl(12345, 1, 2, 3, 4);
	say("prctl, bad: %ld %d\n", r, errno);
	say("name: %d\n", prctl(PR_SET_NAME, "manners", 0, 0, 0));
	say("getrlimit: %d\n", getrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = 50;
	say("setrlimit: %d", setrlimit(RLIMIT_NOFILE, &limit));
	say(" %d", getrlimit(RLIMIT_NOFILE, &limit));
	say(" %ld\n", (long)limit.rlim_cur);
	say("prlimit: %d", prlimit(0, RLIMIT_CORE, NULL, &limit));
	errno = 0;
	say(" %d", setrlimit(999, &limit));
	say(" %d\n", errno);
}

static void one(void)
{
	void *p = malloc(10);

	KEEP(p);
	say("one\n");
	free(p);
}

static void two(void)
{
	say("two\n");
}

static void three(int status, void *arg)
{
	say("three %d %s\n", status, (const char *)arg);
}

__attribute__((destructor)) static void four(void)
{
	say("four\n");
}

static void look_at_order(int quick)
{
	atexit(one);
	on_exit(three, "arg");
	atexit(two);
	at_quick_exit(two);
	at_quick_exit(one);
	if (quick)
		quick_exit(9);
	exit(8);
}

static void on_fault(int signal)
{
	say("handler %d\n", signal);
	siglongjmp(after_fault, 1);
}

static void look_at_bus(int handled)
{
	char name[] = "/tmp/manners-XXXXXX";
	int fd = mkstemp(name);
	volatile char *p;

	need(fd >= 0 && !ftruncate(fd, 8192), "a file");
	unlink(name);
	p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	need(p != MAP_FAILED && !ftruncate(fd, 0), "mmap");
	if (handled)
		signal(SIGBUS, on_fault);
	if (!sigsetjmp(after_fault, 1)) {
		p[5000] = 1;
		say("not reached\n");
	}
	say("after\n");
}

static void look_at_mask(void)
{
	struct sigaction action;
	sigset_t set, pending;
	void *p;

	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR1);
	for (int i = 0; i < 5000; i++) {
		p = malloc((size_t)i * 10);
		KEEP(p);
		free(p);
	}
	sigprocmask(SIG_BLOCK, NULL, &set);
	sigpending(&pending);
	for (int i = 1; i < 32; i++) {
		sigaction(i, NULL, &action);
		/* the recording guards itself against a file cut short */
		say("%d: %d %d %d\n", i, sigismember(&set, i), sigismember(&pending, i),
		    i == SIGBUS ? 0 : action.sa_handler != SIG_DFL);
	}
}

static void *on_small_stack(void *arg)
{
	void *p = malloc(100);

	KEEP(p);
	free(p);
	p = calloc(3, 1000);
	p = realloc(p, 100000);
	KEEP(p);
	free(p);
	return arg;
}

static void look_at_stack(void)
{
	static char handler_stack[8192];
	stack_t stack = { .ss_sp = handler_stack, .ss_size = MINSIGSTKSZ };
	pthread_attr_t attributes;
	pthread_t thread;
	int r;

	for (size_t bytes = 16384; bytes <= 65536; bytes += 4096) {
		pthread_attr_init(&attributes);
		pthread_attr_setstacksize(&attributes, bytes);
		r = pthread_create(&thread, &attributes, on_small_stack, NULL);
		say("%zu: %d\n", bytes, r);
		if (!r)
			pthread_join(thread, NULL);
	}
	say("sigaltstack: %d\n", sigaltstack(&stack, NULL));
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "errno";

	if (!strcmp(mode, "errno"))
		look_at_errno();
	else if (!strcmp(mode, "limits"))
		look_at_limits();
	else if (!strcmp(mode, "syscall"))
		look_at_calls();
	else if (!strcmp(mode, "order"))
		look_at_order(0);
	else if (!strcmp(mode, "quick"))
		look_at_order(1);
	else if (!strcmp(mode, "bus"))
		look_at_bus(0);
	else if (!strcmp(mode, "bushandler"))
		look_at_bus(1);
	else if (!strcmp(mode, "mask"))
		look_at_mask();
	else if (!strcmp(mode, "stack"))
		look_at_stack();
	else
		return 2;
	return 0;
}
