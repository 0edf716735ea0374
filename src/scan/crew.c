/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scan/crew.h"

#include <linux/futex.h>
#include <sched.h>

#include "arena.h"

#define STACK_BYTES ((size_t)256 << 10)
#define SPINS	    64u
#define CPUS_BYTES  1024u

static struct {
	uint32_t size;
	uint32_t begun; /* raised with each piece of work */
	uint32_t done;	/* and when the second thread has done it */
	crew_work *work;
	char *stack; /* of the second */
} crew = { .size = 1 };

uint32_t crew_size(void)
{
	return crew.size;
}

uint32_t crew_number(void)
{
	return (uintptr_t)__builtin_frame_address(0) - (uintptr_t)crew.stack < STACK_BYTES;
}

static void wait_while(uint32_t *word, uint32_t value)
{
	while (__atomic_load_n(word, __ATOMIC_ACQUIRE) == value)
		sys_call(SYS_futex, (long)word, FUTEX_WAIT_PRIVATE, value, 0, 0, 0);
}

static void raise(uint32_t *word)
{
	__atomic_fetch_add(word, 1, __ATOMIC_RELEASE);
	sys_call(SYS_futex, (long)word, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0);
}

static void __attribute__((noreturn, used)) be_the_second(void)
{
	for (uint32_t seen = 0;; seen++) {
		wait_while(&crew.begun, seen);
		crew.work(1);
		raise(&crew.done);
	}
}

static long make(char *stack_end)
{
	register void (*go)(void) __asm__("r12") = be_the_second;
	register long r10 __asm__("r10") = 0;
	register long r8 __asm__("r8") = 0;
	long ret;

	__asm__ volatile("syscall\n"
			 "test %0, %0\n"
			 "jnz 1f\n"
			 "xor %%ebp, %%ebp\n"
			 "call *%[go]\n"
			 "ud2\n"
			 "1:\n"
			 : "=a"(ret)
			 : "a"(SYS_clone),
			   "D"((long)(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
				      CLONE_THREAD | CLONE_SYSVSEM | CLONE_UNTRACED)),
			   "S"(stack_end), "d"(0L), "r"(r10), "r"(r8), [go] "r"(go)
			 : "rcx", "r11", "memory", "cc");
	return ret;
}

static uint32_t cpus(void)
{
	uint64_t mask[CPUS_BYTES / 8] = { 0 };
	long bytes = sys_call(SYS_sched_getaffinity, 0, sizeof(mask), (long)mask, 0, 0, 0);
	uint32_t count = 0;

	for (long i = 0; i < bytes / 8; i++)
		for (uint64_t bits = mask[i]; bits; bits &= bits - 1)
			count++;
	return count;
}

void crew_begin(void)
{
	if (cpus() < CREW_MOST)
		return;
	crew.stack = arena_map(STACK_BYTES);
	if (crew.stack && make(crew.stack + STACK_BYTES) > 0)
		crew.size = CREW_MOST;
}

void crew_run(crew_work *work)
{
	uint32_t done = crew.done;

	crew.work = work;
	if (crew.size > 1)
		raise(&crew.begun);
	work(0);
	if (crew.size > 1)
		wait_while(&crew.done, done);
}

void crew_pause(uint32_t *round)
{
	if (++*round < SPINS)
		__asm__ volatile("pause");
	else
		sys_yield();
}
