/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const int passed_on[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH, 0 };

static void fill_set(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGCHLD);
	for (int i = 0; passed_on[i]; i++)
		sigaddset(set, passed_on[i]);
}

static void take_signals(struct launch *l)
{
	struct sigaction normal = { .sa_handler = SIG_DFL };
	sigset_t set;

	fill_set(&set);
	sigprocmask(SIG_BLOCK, &set, &l->mask);
	/* Ignored by our parent, perhaps, and then no child could be waited for. */
	sigaction(SIGCHLD, &normal, &l->on_child);
}

/* In the child: become the program, or tell the parent why not. */
static void become(const struct launch *l, const char *path, char **argv,
		   const struct launch_variable *variables, int report)
{
	int error;

	sigaction(SIGCHLD, &l->on_child, NULL);
	sigprocmask(SIG_SETMASK, &l->mask, NULL);
	for (; variables->name; variables++)
		setenv(variables->name, variables->value, 1);
	execvp(path, argv);
	error = errno;
	if (write(report, &error, sizeof(error)) < 0)
		_exit(126);
	_exit(127);
}

int launch_start(struct launch *l, const char *path, char **argv,
		 const struct launch_variable *variables, struct err *e)
{
	int report[2];
	int error = 0;

	memset(l, 0, sizeof(*l));
	if (pipe2(report, O_CLOEXEC) != 0)
		return err_errno(e, -errno, "cannot start %s", path);
	take_signals(l);
	l->pid = fork();
	if (l->pid == 0)
		become(l, path, argv, variables, report[1]);
	error = l->pid < 0 ? errno : 0;
	close(report[1]);
	if (!error && read(report[0], &error, sizeof(error)) != (ssize_t)sizeof(error))
		error = 0;
	close(report[0]);
	if (!error)
		return 0;
	if (l->pid > 0)
		waitpid(l->pid, NULL, 0);
	return err_errno(e, -error, "cannot start %s", path);
}

/* What the terminal sends, the program has got already: it is in our process group. */
static void pass_on(const struct launch *l, const siginfo_t *info)
{
	if (info->si_signo != SIGCHLD && info->si_code <= 0)
		kill(l->pid, info->si_signo);
}

static bool has_ended(struct launch *l)
{
	struct rusage usage;
	pid_t pid = wait4(l->pid, &l->wait_status, WNOHANG, &usage);

	if (pid == l->pid)
		l->rss_peak_bytes = (uint64_t)usage.ru_maxrss * 1024;
	return pid == l->pid || (pid < 0 && errno != EINTR);
}

void launch_wait(struct launch *l, uint64_t (*tick)(void *), void *argument)
{
	struct timespec interval = { .tv_nsec = 0 };
	uint64_t wait_us;
	siginfo_t info;
	sigset_t set;

	fill_set(&set);
	while (!has_ended(l)) {
		wait_us = tick(argument);
		interval.tv_sec = (time_t)(wait_us / 1000000);
		interval.tv_nsec = (long)(wait_us % 1000000) * 1000;
		if (sigtimedwait(&set, &info, &interval) > 0)
			pass_on(l, &info);
	}
}

int launch_signal(const struct launch *l)
{
	return WIFSIGNALED(l->wait_status) ? WTERMSIG(l->wait_status) : 0;
}

static void die_by(int signo)
{
	const struct rlimit none = { 0, 0 };
	sigset_t set;

	/* The program has left its core dump; a second one, of us, would only confuse. */
	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
	signal(signo, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, signo);
	kill(getpid(), signo);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

void launch_end_alike(const struct launch *l)
{
	int signo = launch_signal(l);

	fflush(NULL);
	if (signo && signo != SIGKILL)
		die_by(signo);
	if (signo)
		_exit(128 + signo);
	_exit(WEXITSTATUS(l->wait_status));
}
