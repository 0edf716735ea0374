/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The end of the process, its change into another program, and its renunciation of system calls.
 * Each hook notes what is about to happen and goes on to the real function.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "hooks.h"
#include "next.h"
#include "scan/scan.h"

#define SECCOMP_SET_STRICT 0
#define SECCOMP_SET_FILTER 1

EXPORT void _exit(int status)
{
	start_end(status);
	for (;;)
		sys_call(SYS_exit_group, status, 0, 0, 0, 0, 0);
}

EXPORT void _Exit(int status)
{
	start_end(status);
	for (;;)
		sys_call(SYS_exit_group, status, 0, 0, 0, 0, 0);
}

/* Its handlers still run; ours is the last of them. */
EXPORT void quick_exit(int status)
{
	void (*real)(int) __attribute__((noreturn)) = next_symbol("quick_exit");

	start_quick_end(status);
	real(status);
}

/* What copies of the process will not have, the leak scan must know of. */
EXPORT int madvise(void *at, size_t bytes, int advice)
{
	int r = (int)hooks_result(sys_call(SYS_madvise, (long)at, (long)bytes, advice, 0, 0, 0));

	if (r == 0)
		scan_withheld((uintptr_t)at, bytes, advice);
	return r;
}

/* libc's own calls of abort, from assert for instance, do not come by here. */
EXPORT void abort(void)
{
	void (*real)(void) __attribute__((noreturn)) = next_symbol("abort");

	start_abort();
	real();
}

EXPORT int execve(const char *path, char *const argv[], char *const envp[])
{
	int r;

	start_exec();
	r = (int)hooks_result(sys_call(SYS_execve, (long)path, (long)argv, (long)envp, 0, 0, 0));
	start_exec_failed();
	return r;
}

EXPORT int execv(const char *path, char *const argv[])
{
	return execve(path, argv, environ);
}

static int exec_with(const char *name, const char *file, char *const argv[], char *const envp[])
{
	int (*real)(const char *, char *const[], char *const[]) = next_symbol(name);
	int r;

	start_exec();
	r = real(file, argv, envp);
	start_exec_failed();
	return r;
}

EXPORT int execvp(const char *file, char *const argv[])
{
	return exec_with("execvpe", file, argv, environ);
}

EXPORT int execvpe(const char *file, char *const argv[], char *const envp[])
{
	return exec_with("execvpe", file, argv, envp);
}

EXPORT int fexecve(int fd, char *const argv[], char *const envp[])
{
	int (*real)(int, char *const[], char *const[]) = next_symbol("fexecve");
	int r;

	start_exec();
	r = real(fd, argv, envp);
	start_exec_failed();
	return r;
}

static size_t count_arguments(va_list list)
{
	size_t n = 1;

	while (va_arg(list, char *))
		n++;
	return n;
}

/*
 * The argument list is NULL-terminated and follows `first`; what stands behind it is the caller's.
 */
#define COLLECT(argv, first)                  \
	va_list list_;                        \
	size_t n_, i_ = 1;                    \
                                              \
	va_start(list_, first);               \
	n_ = count_arguments(list_) + 1;      \
	va_end(list_);                        \
	char *argv[n_];                       \
                                              \
	argv[0] = (char *)(uintptr_t)(first); \
	va_start(list_, first);               \
	for (; i_ < n_; i_++)                 \
	argv[i_] = va_arg(list_, char *)

EXPORT int execl(const char *path, const char *first, ...)
{
	COLLECT(argv, first);
	va_end(list_);
	return execve(path, argv, environ);
}

EXPORT int execlp(const char *file, const char *first, ...)
{
	COLLECT(argv, first);
	va_end(list_);
	return execvp(file, argv);
}

EXPORT int execle(const char *path, const char *first, ...)
{
	char **envp;

	COLLECT(argv, first);
	envp = va_arg(list_, char **);
	va_end(list_);
	return execve(path, argv, envp);
}

static long lock_down(long n, long a, long b, long c, long d, long e, long f)
{
	long r;

	start_lock_down();
	r = sys_call(n, a, b, c, d, e, f);
	if (r < 0)
		start_lock_down_failed();
	return r;
}

static bool locks_down(long n, long a)
{
	if (n == SYS_prctl)
		return a == PR_SET_SECCOMP;
	return n == SYS_seccomp && (a == SECCOMP_SET_STRICT || a == SECCOMP_SET_FILTER);
}

static long any_call(long n, long a, long b, long c, long d, long e, long f)
{
	long r = locks_down(n, a) ? lock_down(n, a, b, c, d, e, f) : sys_call(n, a, b, c, d, e, f);

	return hooks_result(r);
}

EXPORT int prctl(int option, ...)
{
	va_list list;
	long a, b, c, d;

	va_start(list, option);
	a = va_arg(list, long);
	b = va_arg(list, long);
	c = va_arg(list, long);
	d = va_arg(list, long);
	va_end(list);
	return (int)any_call(SYS_prctl, option, a, b, c, d, 0);
}

/* libseccomp has no other way in. */
EXPORT long syscall(long n, ...)
{
	va_list list;
	long a[6];

	va_start(list, n);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(list, long);
	va_end(list);
	return any_call(n, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* The file's reservation counts as address space: most of it goes before a limit is set. */
static int limit(int pid, int resource, const void *new, void *old)
{
	if (resource == RLIMIT_AS && new)
		start_limit_memory();
	return (int)hooks_result(
		sys_call(SYS_prlimit64, pid, resource, (long)new, (long)old, 0, 0));
}

EXPORT int setrlimit(__rlimit_resource_t resource, const struct rlimit *new)
{
	return limit(0, (int)resource, new, NULL);
}

EXPORT int setrlimit64(__rlimit_resource_t resource, const struct rlimit64 *new)
{
	return limit(0, (int)resource, new, NULL);
}

EXPORT int prlimit(pid_t pid, enum __rlimit_resource resource, const struct rlimit *new,
		   struct rlimit *old)
{
	return limit(pid, (int)resource, new, old);
}

EXPORT int prlimit64(pid_t pid, enum __rlimit_resource resource, const struct rlimit64 *new,
		     struct rlimit64 *old)
{
	return limit(pid, (int)resource, new, old);
}
