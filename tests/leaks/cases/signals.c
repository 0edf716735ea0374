/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Programs that use signals for themselves, still when they end.  Whoever looks at their threads
 * then must not be noticed: a handler that is called for nothing ends the program with status 9.
 */
#include "../leak.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/time.h>
#include <sys/wait.h>

#define LOST "definite_a 1 24, indirect_b 1 24, reachable_a 1 24"

static void lose(void)
{
	struct node *a = NODE(definite_a);

	a->next = NODE(indirect_b);
	root[0] = NODE(reachable_a);
}

static void on_signal(int number, void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

	sigaction(number, &action, NULL);
}

static void unexpected(int number)
{
	(void)number;
	_exit(9);
}

static void expect_none(void)
{
	for (int number = 1; number <= SIGRTMAX; number++)
		if (number != SIGKILL && number != SIGSTOP && number != SIGPIPE)
			on_signal(number, unexpected, 0);
}

static void hold_and_sleep(void)
{
	void *volatile held = NODE(reachable_b);

	scrub();
	must(held != NULL, "holding");
	settle();
}

CASE(all_handled, LOST ", reachable_b 4 96", "handlers for all signals, and threads")
{
	expect_none();
	for (int i = 0; i < 4; i++)
		sleeper(hold_and_sleep);
	apart(lose);
}

static volatile unsigned int ticks;

static void tick(int number)
{
	(void)number;
	ticks++;
}

CASE(alarms, LOST ", reachable_b 4 96", "a timer's handler runs five thousand times a second")
{
	struct timeval every = { .tv_usec = 200 };
	struct itimerval timer = { every, every };

	on_signal(SIGALRM, tick, 0);
	must(setitimer(ITIMER_REAL, &timer, NULL) == 0, "setitimer");
	for (int i = 0; i < 4; i++)
		sleeper(hold_and_sleep);
	apart(lose);
	while (ticks < 20)
		sched_yield();
}

static volatile int born, reaped;

static void reap(int number)
{
	int saved = errno;

	(void)number;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		reaped++;
	errno = saved;
}

static void check_reaped(void)
{
	if (reaped != born)
		_exit(9);
}

CASE(children_reaped, LOST "; child:", "a handler reaps all children, and finds none too many")
{
	on_signal(SIGCHLD, reap, SA_RESTART);
	atexit(check_reaped);
	for (int i = 0; i < 10; i++) {
		pid_t pid = fork();

		must(pid >= 0, "fork");
		if (!pid)
			_exit(0);
		born++;
	}
	while (reaped < born)
		usleep(1000);
	apart(lose);
}

CASE(waits_for_children, LOST, "wait at the very end finds no child")
{
	apart(lose);
	must(waitpid(-1, NULL, __WALL) == -1 && errno == ECHILD, "having no child");
}

static void hold_until_told(void)
{
	void *volatile held = NODE(reachable_b);
	sigset_t set;
	int number;

	sigemptyset(&set);
	for (number = 1; number <= SIGRTMAX; number++)
		sigaddset(&set, number);
	scrub();
	settled();
	must(sigwait(&set, &number) != 0 && held == NULL, "sleeping undisturbed");
}

CASE(waits_for_signals, LOST ", reachable_b 2 48", "threads in sigwait for every signal")
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	sleeper(hold_until_told);
	sleeper(hold_until_told);
	apart(lose);
}

static void hold_until_readable(void)
{
	void *volatile held = NODE(reachable_b);
	struct signalfd_siginfo info;
	sigset_t all;
	int fd;

	sigfillset(&all);
	fd = signalfd(-1, &all, SFD_CLOEXEC);
	must(fd >= 0, "signalfd");
	scrub();
	settled();
	must(read(fd, &info, sizeof(info)) < 0 && held == NULL, "sleeping undisturbed");
}

CASE(reads_signals, LOST ", reachable_b 1 24", "a thread that reads signals from a descriptor")
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	sleeper(hold_until_readable);
	apart(lose);
}

static void talk(void)
{
	for (unsigned int i = 0;; i++) {
		union sigval value = { .sival_int = (int)i };

		sigqueue(getpid(), SIGRTMIN + (int)(i % 20), value);
		if (i == 100)
			settled();
	}
}

CASE(real_time, LOST, "threads that send real-time signals to each other all the time")
{
	for (int number = SIGRTMIN; number <= SIGRTMAX; number++)
		on_signal(number, tick, SA_RESTART);
	sleeper(talk);
	sleeper(talk);
	apart(lose);
}

/* A call that is interrupted tells so to its caller. */
static void hold_in_poll(void)
{
	void *volatile held = NODE(reachable_b);

	scrub();
	settled();
	poll(NULL, 0, -1);
	must(held == NULL, "sleeping undisturbed");
}

CASE(interrupted, LOST ", reachable_b 2 48",
     "threads in poll, for which even a handled signal is visible")
{
	sleeper(hold_in_poll);
	sleeper(hold_in_poll);
	apart(lose);
}
