/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes processes in every way there is.  usage: forks MODE; each prints what it did:
 *   threaded   forty children of a process whose three threads allocate all the time
 *   fork, _Fork, clone   a child that allocates and leaves a known number of blocks
 *   vfork      a child that allocates in its parent's memory, then _exit; the parent is killed
 *   vforkexec  the same with exec
 *   spawn      posix_spawn of itself
 *   daemon     daemon(3), then allocates
 *   nested     a child of a child of a child
 */
#define _GNU_SOURCE
#include "victim.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#define CHILDREN 40

extern char **environ;
static atomic_int stop;
static void *kept[4096];

APART static void churn(uint64_t *seed, int rounds)
{
	void *blocks[64] = { NULL };

	for (int i = 0; i < rounds; i++) {
		uint32_t at = number(seed, COUNT_OF(blocks));

		free(blocks[at]);
		blocks[at] = malloc(1 + number(seed, 3000));
		KEEP(blocks[at]);
	}
	for (unsigned int i = 0; i < COUNT_OF(blocks); i++)
		free(blocks[i]);
}

/* So many stacks that the unwinder is asked at every moment. */
APART static void wander(uint64_t *seed, int depth)
{
	if (depth <= 0) {
		churn(seed, 20);
	} else if (number(seed, 2)) {
		wander(seed, depth - 1);
		HERE();
	} else {
		wander(seed, depth - 2);
		HERE();
	}
}

static void *in_child(void *arg)
{
	uint64_t seed = 99;

	churn(&seed, 500);
	return arg;
}

/* So many blocks that tables grow. */
APART static void wave(uint64_t *seed, int count)
{
	void **blocks = malloc((size_t)count * sizeof(void *));

	for (int i = 0; i < count; i++)
		blocks[i] = malloc(1 + number(seed, 100));
	for (int i = 0; i < count; i++)
		free(blocks[i]);
	free(blocks);
}

static void short_thread(void)
{
	pthread_t thread;

	if (!pthread_create(&thread, NULL, in_child, NULL))
		pthread_join(thread, NULL);
}

/* One makes ever new stacks, one fills tables, one makes threads: whatever is locked, is in use. */
static void *allocate_on(void *arg)
{
	uint64_t seed = 1234567 + (uintptr_t)arg * 7919;

	while (!atomic_load(&stop)) {
		if ((uintptr_t)arg == 0)
			wander(&seed, (int)number(&seed, 60));
		else if ((uintptr_t)arg == 1)
			wave(&seed, 3000);
		else
			short_thread();
	}
	return NULL;
}

/* Children that have not ended after some seconds hang, and are ended. */
static int collect(const pid_t *pids, int count, int seconds)
{
	struct timespec pause = { 0, 10000000 };
	int finished = 0, left = count, status;
	pid_t pid;

	for (int i = 0; i < seconds * 100 && left; i++) {
		while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
			left--;
			finished += WIFEXITED(status) && WEXITSTATUS(status) == 0;
		}
		nanosleep(&pause, NULL);
	}
	for (int i = 0; left && i < count; i++)
		kill(pids[i], SIGKILL);
	return finished;
}

/* 1000 bytes each, so that totals tell whose they are. */
APART static void parent_keeps(int count)
{
	for (int i = 0; i < count; i++)
		kept[i] = malloc(1000);
}

APART static void child_keeps(int count)
{
	for (int i = 0; i < count; i++)
		kept[1000 + i] = malloc(10);
}

/* Leaves 300 blocks of its own. */
static void child_of_threads(int i)
{
	uint64_t seed = 4711 + (uint64_t)i;

	if (i % 4 == 3)
		_exit(0);
	wander(&seed, 20);
	short_thread();
	wave(&seed, 2000);
	child_keeps(300);
	exit(0);
}

static void threaded(void)
{
	pthread_t threads[3];
	pid_t pids[CHILDREN];
	uint64_t seed = 5;

	for (uintptr_t i = 0; i < COUNT_OF(threads); i++)
		need(!pthread_create(&threads[i], NULL, allocate_on, (void *)i), "thread");
	for (int i = 0; i < CHILDREN; i++) {
		wander(&seed, 30);
		pids[i] = fork();
		if (!pids[i])
			child_of_threads(i);
		need(pids[i] > 0, "fork");
	}
	say("finished=%d\n", collect(pids, CHILDREN, 100));
	atomic_store(&stop, 1);
	for (unsigned int i = 0; i < COUNT_OF(threads); i++)
		pthread_join(threads[i], NULL);
}

/* The child's books: inherits 500 x 1000, frees 100 of them, makes 300 x 10. */
static void child_works(void)
{
	for (int i = 0; i < 100; i++)
		free(kept[i]);
	child_keeps(300);
	say("child_pid=%d\nchild_live_bytes=%d\nchild_live_blocks=%d\n", (int)getpid(),
	    400 * 1000 + 300 * 10, 700);
}

static void parent_waits(pid_t pid)
{
	int status = -1;

	need(pid > 0, "child");
	need(waitpid(pid, &status, __WALL) == pid, "wait");
	parent_keeps(0);
	say("parent_pid=%d\nchild_status=%d\nlive_bytes=%d\nlive_blocks=%d\n", (int)getpid(),
	    status, 500 * 1000, 500);
}

static void by_fork(void)
{
	pid_t pid;

	parent_keeps(500);
	pid = fork();
	if (!pid) {
		child_works();
		exit(0);
	}
	parent_waits(pid);
}

static void by_bare_fork(void)
{
	pid_t pid;

	parent_keeps(500);
	pid = _Fork();
	if (!pid) {
		child_works();
		_exit(0);
	}
	parent_waits(pid);
}

static void by_clone(void)
{
	pid_t pid;

	parent_keeps(500);
	pid = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (!pid) {
		child_works();
		_exit(0);
	}
	parent_waits(pid);
}

/* What the child of a vfork does, it does to its parent's heap. */
static void by_vfork(volatile int with_exec)
{
	static char *argv[] = { "true", NULL };
	int status;
	pid_t pid;

	parent_keeps(500);
	pid = vfork();
	if (!pid) {
		child_keeps(300);
		if (with_exec)
			execve("/bin/true", argv, environ);
		_exit(with_exec ? 9 : 0);
	}
	need(pid > 0 && waitpid(pid, &status, 0) == pid, "wait");
	for (int i = 0; i < 50; i++)
		free(kept[1000 + i]);
	say("parent_pid=%d\nchild_status=%d\nlive_bytes=%d\nlive_blocks=%d\n", (int)getpid(),
	    status, 500 * 1000 + 250 * 10, 750);
	raise(SIGKILL);
}

static void by_spawn(const char *self)
{
	char *argv[] = { (char *)self, "spawned", NULL };
	pid_t pid = -1;

	parent_keeps(500);
	need(!posix_spawn(&pid, self, NULL, NULL, argv, environ), "posix_spawn");
	parent_waits(pid);
}

static void spawned(void)
{
	child_keeps(300);
	say("child_pid=%d\nchild_live_bytes=%d\nchild_live_blocks=%d\n", (int)getpid(), 3000, 300);
}

static void by_daemon(void)
{
	parent_keeps(500);
	need(!daemon(1, 1), "daemon");
	child_works();
}

static void nested(int depth)
{
	int status = 0;
	pid_t pid;

	child_keeps(depth);
	if (depth == 4)
		return;
	pid = fork();
	if (!pid) {
		nested(depth + 1);
		exit(0);
	}
	need(waitpid(pid, &status, 0) == pid && !status, "child");
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "fork";

	if (!strcmp(mode, "threaded"))
		threaded();
	else if (!strcmp(mode, "fork"))
		by_fork();
	else if (!strcmp(mode, "_Fork"))
		by_bare_fork();
	else if (!strcmp(mode, "clone"))
		by_clone();
	else if (!strcmp(mode, "vfork"))
		by_vfork(0);
	else if (!strcmp(mode, "vforkexec"))
		by_vfork(1);
	else if (!strcmp(mode, "spawn"))
		by_spawn(argv[0]);
	else if (!strcmp(mode, "spawned"))
		spawned();
	else if (!strcmp(mode, "daemon"))
		by_daemon();
	else if (!strcmp(mode, "nested"))
		nested(1);
	else
		return 2;
	return 0;
}
