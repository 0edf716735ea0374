/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sys.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <time.h>

#define BIT(signal) ((uint64_t)1 << ((signal)-1))
#define NOT_BLOCKED (~(uint64_t)0) /* no mask that the kernel gives has SIGKILL in it */
#define NO_SUCH_HOW (-1)

bool sys_locked_down;

void *sys_map(void *at, size_t bytes, int prot, int flags, int fd)
{
	long r = sys_call(SYS_mmap, (long)at, (long)bytes, prot, flags, fd, 0);

	return r < 0 && r > -4096 ? NULL : (void *)r;
}

int sys_write_all(int fd, const void *data, size_t bytes)
{
	const char *at = data;

	while (bytes > 0) {
		long n = sys_call(SYS_write, fd, (long)at, (long)bytes, 0, 0, 0);

		if (n == -EINTR)
			continue;
		if (n <= 0)
			return n ? (int)n : -EIO;
		at += n;
		bytes -= (size_t)n;
	}
	return 0;
}

bool sys_thread_exists(int pid, int tid)
{
	return sys_call(SYS_tgkill, pid, tid, 0, 0, 0, 0) != -ESRCH;
}

bool sys_readable(uintptr_t addr)
{
	/* The kernel copies the new mask in before it looks at `how`: EFAULT or EINVAL tells. */
	long r = sys_call(SYS_rt_sigprocmask, NO_SUCH_HOW, (long)(addr & ~(uintptr_t)7), 0, 8, 0,
			  0);

	return r != -EFAULT;
}

uint64_t sys_clock_us(void)
{
	struct timespec ts;

	/* The coarse clock is read from the vdso's page alone, whatever the clock source. */
	clock_gettime(sys_locked_down ? CLOCK_MONOTONIC_COARSE : CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000u + (uint64_t)ts.tv_nsec / 1000u;
}

uint64_t sys_unix_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME_COARSE, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

void sys_block_signals(uint64_t *old)
{
	const uint64_t faults = BIT(SIGBUS) | BIT(SIGSEGV) | BIT(SIGILL) | BIT(SIGFPE) |
				BIT(SIGTRAP) | BIT(SIGSYS);
	const uint64_t all = ~faults;

	*old = NOT_BLOCKED;
	if (!sys_locked_down)
		sys_call(SYS_rt_sigprocmask, 2 /* SIG_SETMASK */, (long)&all, (long)old, 8, 0, 0);
}

void sys_restore_signals(const uint64_t *old)
{
	if (*old != NOT_BLOCKED)
		sys_call(SYS_rt_sigprocmask, 2 /* SIG_SETMASK */, (long)old, 0, 8, 0, 0);
}

void sys_copy(void *to, const void *from, size_t bytes)
{
	char *t = to;
	const char *f = from;

	while (bytes--)
		*t++ = *f++;
}

size_t sys_length(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

bool sys_same(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

static void put_char(struct sys_text *text, char c)
{
	if (text->used + 1 >= text->size)
		return;
	text->at[text->used++] = c;
	text->at[text->used] = 0;
}

void sys_put(struct sys_text *text, const char *s)
{
	while (*s)
		put_char(text, *s++);
}

static void put_base(struct sys_text *text, uint64_t n, unsigned base)
{
	char digits[24];
	int i = 0;

	do {
		digits[i++] = "0123456789abcdef"[n % base];
		n /= base;
	} while (n);
	while (i > 0)
		put_char(text, digits[--i]);
}

void sys_put_number(struct sys_text *text, uint64_t n)
{
	put_base(text, n, 10);
}

void sys_put_hex(struct sys_text *text, uint64_t n)
{
	put_base(text, n, 16);
}
