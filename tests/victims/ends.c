/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes 1001 blocks of 100 bytes, frees 300, and ends in the way asked for.  usage: ends MODE
 * The exec modes go on as /bin/true, or try to in vain and then leave 10 blocks more.
 */
#define _GNU_SOURCE
#include "victim.h"

#include <signal.h>
#include <sys/syscall.h>

extern char **environ;
static void *kept[2000];

APART static void keep(int from, int count)
{
	for (int i = from; i < from + count; i++)
		kept[i] = malloc(100);
}

static void handler(int signal)
{
	(void)signal;
	keep(1500, 5);
	_exit(7);
}

static void by_exec(const char *path)
{
	char *argv[] = { "true", NULL };

	execve(path, argv, environ);
	keep(1001, 10);
}

/* The compiler may not know that this is no address. */
static void by_fault(void)
{
	volatile uintptr_t nowhere = 8;

	*(volatile int *)nowhere = 1;
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "return";

	keep(0, 1001);
	for (int i = 0; i < 300; i++)
		free(kept[i]);
	if (!strcmp(mode, "exit"))
		exit(5);
	else if (!strcmp(mode, "_exit"))
		_exit(6);
	else if (!strcmp(mode, "exit_group"))
		syscall(SYS_exit_group, 4);
	else if (!strcmp(mode, "quick_exit"))
		quick_exit(8);
	else if (!strcmp(mode, "abort"))
		abort();
	else if (!strcmp(mode, "segv"))
		by_fault();
	else if (!strcmp(mode, "kill"))
		kill(getpid(), SIGKILL);
	else if (!strcmp(mode, "term"))
		raise(SIGTERM);
	else if (!strcmp(mode, "exec"))
		by_exec("/bin/true");
	else if (!strcmp(mode, "execfail"))
		by_exec("/nowhere/to/be/found");
	else if (!strcmp(mode, "handler")) {
		signal(SIGUSR1, handler);
		raise(SIGUSR1);
	}
	return 3;
}
