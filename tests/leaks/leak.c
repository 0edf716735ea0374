/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The main function of every program of the leak corpus.
 *
 *   PROGRAM --list   a line for each case: program, case, what is expected, what it is about
 *   PROGRAM CASE     runs it
 */
#include "leak.h"

#include <linux/futex.h>
#include <stdio.h>
#include <sys/syscall.h>

extern const struct leak_case __start_leak_cases[], __stop_leak_cases[];

void *volatile root[8];
volatile int leak_status;
char **leak_argv;
static volatile int settled_count;

static void complain(const char *what, const char *why)
{
	char line[200];
	int bytes = snprintf(line, sizeof(line), "%s%s\n", what, why);

	if (write(STDERR_FILENO, line, bytes) != bytes)
		_exit(98);
}

void wanted(int ok, const char *what)
{
	if (ok)
		return;
	complain(what, " is not to be had here");
	_exit(SKIPPED);
}

void must(int ok, const char *what)
{
	if (ok)
		return;
	complain(what, " failed");
	_exit(99);
}

APART static void wipe_stack(void)
{
	volatile char room[256 * 1024];

	for (size_t i = 0; i < sizeof(room); i++)
		room[i] = 0;
}

APART void scrub(void)
{
	wipe_stack();
	__asm__ volatile("xor %%eax, %%eax\n\t"
			 "xor %%ecx, %%ecx\n\t"
			 "xor %%edx, %%edx\n\t"
			 "xor %%esi, %%esi\n\t"
			 "xor %%edi, %%edi\n\t"
			 "xor %%r8d, %%r8d\n\t"
			 "xor %%r9d, %%r9d\n\t"
			 "xor %%r10d, %%r10d\n\t"
			 "xor %%r11d, %%r11d\n\t"
			 "pxor %%xmm0, %%xmm0\n\t"
			 "pxor %%xmm1, %%xmm1\n\t"
			 "pxor %%xmm2, %%xmm2\n\t"
			 "pxor %%xmm3, %%xmm3\n\t"
			 "pxor %%xmm4, %%xmm4\n\t"
			 "pxor %%xmm5, %%xmm5\n\t"
			 "pxor %%xmm6, %%xmm6\n\t"
			 "pxor %%xmm7, %%xmm7\n\t"
			 "pxor %%xmm8, %%xmm8\n\t"
			 "pxor %%xmm9, %%xmm9\n\t"
			 "pxor %%xmm10, %%xmm10\n\t"
			 "pxor %%xmm11, %%xmm11\n\t"
			 "pxor %%xmm12, %%xmm12\n\t"
			 "pxor %%xmm13, %%xmm13\n\t"
			 "pxor %%xmm14, %%xmm14\n\t"
			 "pxor %%xmm15, %%xmm15\n\t" ::
				 : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11",
				   "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
				   "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14",
				   "xmm15", "memory");
}

APART static void deep_down(void (*run)(void))
{
	volatile char room[32 * 1024];

	room[0] = 0;
	run();
	room[0] = 1;
}

APART void apart(void (*run)(void))
{
	deep_down(run);
	scrub();
	HERE();
}

/* By the kernel alone: no library function may leave a copy of anything. */
void settled(void)
{
	__atomic_add_fetch(&settled_count, 1, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, &settled_count, FUTEX_WAKE, 1, NULL, NULL, 0);
}

void settle(void)
{
	settled();
	for (;;)
		pause();
}

static void *thread_main(void *run)
{
	void (*function)(void) = (void (*)(void))(uintptr_t)run;

	function();
	return NULL;
}

static void *visit(void *run)
{
	apart((void (*)(void))(uintptr_t)run);
	return NULL;
}

pthread_t sleeper(void (*run)(void))
{
	int before = settled_count, now;
	pthread_t thread;

	must(pthread_create(&thread, NULL, thread_main, (void *)(uintptr_t)run) == 0, "thread");
	while ((now = settled_count) == before)
		syscall(SYS_futex, &settled_count, FUTEX_WAIT, now, NULL, NULL, 0);
	return thread;
}

void visitor(void (*run)(void))
{
	pthread_t thread;

	must(pthread_create(&thread, NULL, visit, (void *)(uintptr_t)run) == 0, "thread");
	must(pthread_join(thread, NULL) == 0, "join");
}

/* In the order of the source, which is not the linker's. */
static const struct leak_case *next_case(int line)
{
	const struct leak_case *next = NULL;

	for (const struct leak_case *c = __start_leak_cases; c < __stop_leak_cases; c++)
		if (c->line > line && (!next || c->line < next->line))
			next = c;
	return next;
}

static void list(const char *program)
{
	for (const struct leak_case *c = next_case(0); c; c = next_case(c->line))
		printf("%s\t%s\t%s\t%s\n", program, c->name, c->expected, c->remark);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	const struct leak_case *c = __start_leak_cases;

	leak_argv = argv;
	if (!strcmp(name, "--list")) {
		list(strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0]);
		return 0;
	}
	while (c < __stop_leak_cases && strcmp(name, c->name) != 0)
		c++;
	must(c < __stop_leak_cases, "finding the case");
	apart(c->run);
	return leak_status;
}
