/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How a program ends, and what it still does then.  Every case leaves a status of its own or none.
 */
#include "../leak.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>

static void lose(void)
{
	struct node *a = NODE(definite_a);

	a->next = NODE(indirect_b);
	root[0] = NODE(reachable_a);
}

#define LOST "definite_a 1 24, indirect_b 1 24, reachable_a 1 24"

CASE(returns, LOST, "main returns 0")
{
	lose();
}

CASE(returns_5, LOST, "main returns 5")
{
	lose();
	leak_status = 5;
}

CASE(exits, LOST, "exit(6)")
{
	apart(lose);
	exit(6);
}

CASE(exits_at_once, LOST, "_exit(7)")
{
	apart(lose);
	_exit(7);
}

CASE(exits_at_once_c, LOST, "_Exit(8)")
{
	apart(lose);
	_Exit(8);
}

static void at_quick_end(void)
{
	root[1] = NODE(reachable_b);
	NODE(definite_b)->value = 1;
	scrub();
}

CASE(exits_quickly, LOST ", definite_b 1 24, reachable_b 1 24",
     "quick_exit(9), with a handler that loses a block")
{
	apart(lose);
	at_quick_exit(at_quick_end);
	quick_exit(9);
}

CASE(aborts, LOST, "abort")
{
	apart(lose);
	abort();
}

CASE(killed, "if scanned: " LOST, "SIGKILL: who cannot look must not claim to")
{
	apart(lose);
	raise(SIGKILL);
}

CASE(terminated, "if scanned: " LOST, "SIGTERM without a handler: as with SIGKILL")
{
	apart(lose);
	raise(SIGTERM);
}

static void on_term(int number)
{
	_exit(number);
}

CASE(exits_in_handler, LOST, "_exit in a signal handler")
{
	apart(lose);
	signal(SIGTERM, on_term);
	raise(SIGTERM);
}

static void *exit_in_thread(void *unused)
{
	apart(lose);
	exit(3);
	return unused;
}

CASE(exits_in_thread, LOST, "exit in a thread, main waits for it")
{
	pthread_t thread;

	must(pthread_create(&thread, NULL, exit_in_thread, NULL) == 0, "thread");
	pthread_join(thread, NULL);
	must(0, "ending by the thread");
}

static void *exit_at_once_in_thread(void *unused)
{
	apart(lose);
	_exit(4);
	return unused;
}

CASE(exits_at_once_in_thread, LOST, "_exit in a thread, main waits for it")
{
	pthread_t thread;

	must(pthread_create(&thread, NULL, exit_at_once_in_thread, NULL) == 0, "thread");
	pthread_join(thread, NULL);
	must(0, "ending by the thread");
}

static void lose_late(void)
{
	struct node *kept = NODE(reachable_b);

	NODE(definite_b)->value = 1;
	kept->next = root[1];
	root[1] = kept;
	scrub();
}

CASE(handler_loses, LOST ", definite_b 1 24, reachable_b 1 24", "an exit handler loses a block")
{
	atexit(lose_late);
	lose();
}

static void free_late(void)
{
	free(root[2]);
	root[2] = NULL;
}

CASE(handler_frees, LOST, "an exit handler frees what was kept until then")
{
	atexit(free_late);
	root[2] = reachable_b(24);
	lose();
}

static void forget_late(void)
{
	root[2] = NULL;
}

CASE(handler_forgets, LOST ", definite_b 1 24", "an exit handler forgets what was kept until then")
{
	atexit(forget_late);
	root[2] = definite_b(24);
	lose();
}

static void exit_late(void)
{
	lose_late();
	exit(11);
}

CASE(handler_exits, LOST ", definite_b 1 24, reachable_b 1 24", "an exit handler calls exit")
{
	atexit(exit_late);
	lose();
}

static void exit_at_once_late(void)
{
	lose_late();
	_exit(12);
}

CASE(handler_exits_at_once, LOST ", definite_b 1 24, reachable_b 1 24",
     "an exit handler calls _exit")
{
	atexit(exit_at_once_late);
	lose();
}

static void on_exit_late(int status, void *block)
{
	(void)status;
	free(block);
}

CASE(on_exit_frees, LOST, "a handler given to on_exit frees its argument, which nobody else holds")
{
	on_exit(on_exit_late, reachable_b(24));
	lose();
}

CASE(many_handlers, LOST ", definite_b 100 2400, reachable_b 100 2400", "a hundred exit handlers")
{
	static int count;

	for (count = 0; count < 100; count++)
		atexit(lose_late);
	lose();
}

static int finally;

__attribute__((destructor)) static void at_the_very_end(void)
{
	if (finally)
		lose_late();
}

CASE(destructor_loses, LOST ", definite_b 1 24, reachable_b 1 24", "a destructor loses a block")
{
	finally = 1;
	lose();
}

static void *early[4];

__attribute__((constructor)) static void before_main(void)
{
	early[0] = malloc(24);
}

CASE(constructor_keeps, LOST, "a constructor made what the case frees")
{
	free(early[0]);
	early[0] = NULL;
	lose();
}

CASE(output_closed, LOST, "the program has closed its output")
{
	lose();
	fclose(stdin);
	fclose(stdout);
	fclose(stderr);
}

CASE(all_closed, LOST, "the program has closed everything")
{
	apart(lose);
	for (int fd = 0; fd < 1024; fd++)
		close(fd);
}

static void hold_and_sleep(void)
{
	void *volatile held = NODE(reachable_b);

	scrub();
	must(held != NULL, "holding");
	settle();
}

CASE(no_descriptors, LOST ", reachable_b 1 24", "no more files can be opened")
{
	sleeper(hold_and_sleep);
	apart(lose);
	while (open("/dev/null", O_RDONLY) >= 0)
		;
}

CASE(working_directory_gone, LOST, "the working directory is removed")
{
	char path[] = "/tmp/leaks.XXXXXX";

	must(mkdtemp(path) && chdir(path) == 0 && rmdir(path) == 0, "mkdtemp");
	apart(lose);
}

CASE(not_dumpable, LOST, "the program may not be looked at: most of /proc/self is root's")
{
	apart(lose);
	must(prctl(PR_SET_DUMPABLE, 0) == 0, "prctl");
}

CASE(other_user, LOST, "the program has become another user")
{
	apart(lose);
	wanted(getuid() == 0, "being root");
	must(setgid(65534) == 0 && setuid(65534) == 0, "setuid");
}

static void lower(int resource)
{
	struct rlimit limit;

	must(getrlimit(resource, &limit) == 0, "getrlimit");
	limit.rlim_cur = 0;
	must(setrlimit(resource, &limit) == 0, "setrlimit");
}

CASE(small_limits, LOST, "no more memory, no more files, no more processes")
{
	apart(lose);
	lower(RLIMIT_FSIZE);
	lower(RLIMIT_AS);
	lower(RLIMIT_DATA);
	lower(RLIMIT_NPROC);
	lower(RLIMIT_NOFILE);
}

CASE(alarm_ticks, LOST, "a timer's signals arrive all the time")
{
	struct timeval every = { .tv_usec = 200 };
	struct itimerval timer = { every, every };

	signal(SIGALRM, SIG_IGN);
	lose();
	must(setitimer(ITIMER_REAL, &timer, NULL) == 0, "setitimer");
}
