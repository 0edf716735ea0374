/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * System calls without libc: they leave errno alone, take no lock and are no cancellation points,
 * so every function here is safe inside a hook and in a signal handler.  All return a negative
 * errno value on failure.
 *
 * Once the program has locked itself in with seccomp a system call may kill it: callers on the hook
 * path ask sys_locked_down first, and drop and count what they cannot do.
 */
#ifndef SRC_SYS_H
#define SRC_SYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define barrier()   __asm__ volatile("" ::: "memory")

/* A variable of the library alone; the compiler would reach a plain extern through a table. */
#define OURS extern __attribute__((visibility("hidden")))

OURS bool sys_locked_down;

static inline long sys_call(long n, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

static inline int sys_getpid(void)
{
	return (int)sys_call(SYS_getpid, 0, 0, 0, 0, 0, 0);
}

static inline int sys_getppid(void)
{
	return (int)sys_call(SYS_getppid, 0, 0, 0, 0, 0, 0);
}

static inline int sys_gettid(void)
{
	return (int)sys_call(SYS_gettid, 0, 0, 0, 0, 0, 0);
}

static inline int sys_open(const char *path, int flags, int mode)
{
	return (int)sys_call(SYS_open, (long)path, flags, mode, 0, 0, 0);
}

static inline int sys_close(int fd)
{
	return (int)sys_call(SYS_close, fd, 0, 0, 0, 0, 0);
}

static inline long sys_read(int fd, void *to, size_t bytes)
{
	return sys_call(SYS_read, fd, (long)to, (long)bytes, 0, 0, 0);
}

static inline int sys_ftruncate(int fd, uint64_t bytes)
{
	return (int)sys_call(SYS_ftruncate, fd, (long)bytes, 0, 0, 0, 0);
}

static inline void sys_yield(void)
{
	sys_call(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
}

static inline int sys_protect(void *at, size_t bytes, int prot)
{
	return (int)sys_call(SYS_mprotect, (long)at, (long)bytes, prot, 0, 0, 0);
}

static inline int sys_advise(void *at, size_t bytes, int advice)
{
	return (int)sys_call(SYS_madvise, (long)at, (long)bytes, advice, 0, 0, 0);
}

static inline int sys_unmap(void *at, size_t bytes)
{
	return (int)sys_call(SYS_munmap, (long)at, (long)bytes, 0, 0, 0, 0);
}

/* NULL on failure. */
void *sys_map(void *at, size_t bytes, int prot, int flags, int fd);

/* All bytes or a negative errno value. */
int sys_write_all(int fd, const void *data, size_t bytes);

/* Does a thread of this process have this number? */
bool sys_thread_exists(int pid, int tid);

/* May eight bytes at this address be read?  One cheap system call, no descriptor. */
bool sys_readable(uintptr_t addr);

/* Microseconds of a monotonic clock, by the vdso; after seccomp surely without a system call. */
uint64_t sys_clock_us(void);
uint64_t sys_unix_ns(void);

/* Block the signals of this thread, faults excepted (see bus.c), and put the old mask back. */
void sys_block_signals(uint64_t *old);
void sys_restore_signals(const uint64_t *old);

void sys_copy(void *to, const void *from, size_t bytes);
size_t sys_length(const char *s);
bool sys_same(const char *a, const char *b);

/* Text built in a fixed buffer: always ended by NUL, cut when too long. */
struct sys_text {
	char *at;
	size_t used;
	size_t size;
};

void sys_put(struct sys_text *text, const char *s);
void sys_put_number(struct sys_text *text, uint64_t n);
void sys_put_hex(struct sys_text *text, uint64_t n);

#endif
