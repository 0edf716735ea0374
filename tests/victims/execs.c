/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Goes on as another program by each of the exec functions; the other program prints its arguments
 * and X of its environment.  usage: execs FUNCTION, or execs show ARG...
 * With "fail-" in front the program named does not exist; prints errno.
 */
#define _GNU_SOURCE
#include "victim.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>

extern char **environ;

static int show(int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		say("%d=%s\n", i, i ? argv[i] : "self");
	say("X=%s\n", getenv("X") ? getenv("X") : "unset");
	return 42;
}

static int by_list(const char *mode, const char *path)
{
	char *const envp[] = { "X=given", NULL };

	if (!strcmp(mode, "execl"))
		return execl(path, path, "show", "one", "two", "", "four", "five", "six", "seven",
			     (char *)NULL);
	if (!strcmp(mode, "execlp"))
		return execlp(path, path, "show", "one", (char *)NULL);
	if (!strcmp(mode, "execle"))
		return execle(path, path, "show", "one", "two", (char *)NULL, envp);
	return -2;
}

static int by_vector(const char *mode, const char *path)
{
	char *const argv[] = { (char *)path, "show", "a b", "c", NULL };
	char *const envp[] = { "X=given", NULL };

	if (!strcmp(mode, "execv"))
		return execv(path, argv);
	if (!strcmp(mode, "execve"))
		return execve(path, argv, envp);
	if (!strcmp(mode, "execvp"))
		return execvp(path, argv);
	if (!strcmp(mode, "execvpe"))
		return execvpe(path, argv, envp);
	if (!strcmp(mode, "fexecve"))
		return fexecve(open(path, O_RDONLY | O_CLOEXEC), argv, envp);
	if (!strcmp(mode, "syscall"))
		return (int)syscall(SYS_execve, path, argv, envp);
	return -2;
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";
	const char *path = argv[0];
	void *block;
	int r;

	if (!strcmp(mode, "show"))
		return show(argc, argv);
	setenv("X", "inherited", 1);
	block = malloc(1234);
	KEEP(block);
	if (!strncmp(mode, "fail-", 5)) {
		mode += 5;
		path = "/nowhere/at/all";
	}
	errno = 0;
	r = by_list(mode, path);
	if (r == -2)
		r = by_vector(mode, path);
	say("result=%d errno=%d\n", r, errno);
	return 41;
}
