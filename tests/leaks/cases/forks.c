/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Processes that come from processes.  "child:" is what all children's scans say in sum.
 */
#include "../leak.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>

extern char **environ;

static void lose(void)
{
	struct node *a = NODE(definite_a);

	a->next = NODE(indirect_a);
}

static void lose_more(void)
{
	struct node *b = NODE(definite_b);

	b->next = NODE(indirect_b);
	root[1] = NODE(reachable_b);
}

/* Which end the child takes: its status is 3 by exit, 4 by _exit. */
static void in_child(void (*first)(void), int at_once)
{
	int status;
	pid_t pid = fork();

	must(pid >= 0, "fork");
	if (!pid) {
		if (first)
			apart(first);
		if (at_once)
			_exit(4);
		exit(3);
	}
	must(waitpid(pid, &status, 0) == pid, "wait");
	must(WIFEXITED(status) && WEXITSTATUS(status) == (at_once ? 4 : 3),
	     "the child's own status");
}

CASE(child_loses, "; child: definite_b 1 24, indirect_b 1 24, reachable_b 1 24",
     "a child that exits")
{
	in_child(lose_more, 0);
}

CASE(child_loses_at_once, "; child: definite_b 1 24, indirect_b 1 24, reachable_b 1 24",
     "a child that _exits")
{
	in_child(lose_more, 1);
}

CASE(parent_loses_after, "definite_a 1 24, indirect_a 1 24", "the parent, when the child is gone")
{
	in_child(NULL, 0);
	apart(lose);
}

/* A process that never allocates has nothing to say. */
static void touch(void)
{
	free(malloc(100));
}

CASE(parent_loses_before,
     "definite_a 1 24, indirect_a 1 24; child: definite_a 1 24, indirect_a 1 24",
     "the parent, before: it is in both")
{
	apart(lose);
	in_child(touch, 0);
}

CASE(both_lose,
     "definite_a 1 24, indirect_a 1 24; "
     "child: definite_a 1 24, indirect_a 1 24, definite_b 1 24, "
     "indirect_b 1 24, reachable_b 1 24",
     "the parent before, the child after")
{
	apart(lose);
	in_child(lose_more, 0);
}

static void free_inherited(void)
{
	free(root[0]);
	root[0] = NULL;
}

CASE(child_frees, "reachable_a 1 24; child:", "the child frees what the parent keeps")
{
	root[0] = NODE(reachable_a);
	in_child(free_inherited, 0);
}

CASE(children, "; child: definite_b 10 240, indirect_b 10 240, reachable_b 10 240", "ten children")
{
	for (int i = 0; i < 10; i++)
		in_child(lose_more, i % 2);
}

APART static void *any_a(size_t bytes)
{
	return malloc(bytes);
}

static void hold_and_settle(void)
{
	void *volatile held = any_a(24);

	scrub();
	must(held != NULL, "holding");
	settle();
}

CASE(child_of_thread,
     "any_a 1 24; child: any_a 1 24, definite_b 1 24, indirect_b 1 24, reachable_b 1 24",
     "a child of a program with threads: it has one of them, but all stacks")
{
	sleeper(hold_and_settle);
	in_child(lose_more, 0);
}

static void run_true(void)
{
	char *arguments[] = { "true", NULL };

	execve("/bin/true", arguments, environ);
	_exit(127);
}

CASE(child_execs,
     "definite_a 1 24, indirect_a 1 24; child:", "a child that becomes another program")
{
	int status;
	pid_t pid = fork();

	must(pid >= 0, "fork");
	if (!pid)
		run_true();
	must(waitpid(pid, &status, 0) == pid && status == 0, "the child's status");
	apart(lose);
}

CASE(vfork_execs,
     "definite_a 1 24, indirect_a 1 24; child:", "a vfork child that becomes another program")
{
	char *arguments[] = { "true", NULL };
	int status;
	pid_t pid;

	apart(lose);
	pid = vfork();
	if (!pid) {
		execve("/bin/true", arguments, environ);
		_exit(127);
	}
	must(waitpid(pid, &status, 0) == pid && status == 0, "the child's status");
}

CASE(vfork_fails, "definite_a 1 24, indirect_a 1 24",
     "a vfork child that cannot, and ends by _exit")
{
	char *arguments[] = { "nothing", NULL };
	int status;
	pid_t pid;

	apart(lose);
	pid = vfork();
	if (!pid) {
		execve("/nonexistent/nothing", arguments, environ);
		_exit(127);
	}
	must(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 127, "the child's status");
}

CASE(spawns, "definite_a 1 24, indirect_a 1 24; child:", "posix_spawn")
{
	char *arguments[] = { "true", NULL };
	int status;
	pid_t pid;

	apart(lose);
	must(posix_spawn(&pid, "/bin/true", NULL, NULL, arguments, environ) == 0, "posix_spawn");
	must(waitpid(pid, &status, 0) == pid && status == 0, "the child's status");
}

CASE(exec_fails, "definite_a 1 24, indirect_a 1 24", "exec that fails; the program goes on")
{
	char *arguments[] = { "nothing", NULL };

	apart(lose);
	execve("/nonexistent/nothing", arguments, environ);
	must(errno == ENOENT, "failing");
}

CASE(execs, "if scanned:", "exec: what was lost before is gone with the program")
{
	apart(lose);
	run_true();
}
