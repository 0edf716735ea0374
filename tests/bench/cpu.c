/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs a program and prints what it used: CPU time and wall time in microseconds, peak RSS in KiB.
 *
 *   cpu [-p CPU,...] [-e NAME=VALUE]... [-i STDIN] [-o STDOUT] [-s STATUS] PROGRAM [ARGUMENT]...
 *
 * The program's own output goes to /dev/null unless -o says where.  CPU time is that of the program
 * and of the children that it waited for, user and system.  The environment given with -e is the
 * program's alone: nothing preloaded is measured twice.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SETTINGS 16

struct order {
	const char *cpus;
	const char *settings[SETTINGS];
	int n_settings;
	const char *in;
	const char *out;
	int status; /* that the program is expected to end with */
	char **argv;
};

static void die(const char *what)
{
	fprintf(stderr, "cpu: %s: %s\n", what, strerror(errno));
	_exit(127);
}

static void read_order(struct order *order, int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "+p:e:i:o:s:")) != -1) {
		if (c == 'p')
			order->cpus = optarg;
		else if (c == 'i')
			order->in = optarg;
		else if (c == 'o')
			order->out = optarg;
		else if (c == 's')
			order->status = atoi(optarg);
		else if (c == 'e' && order->n_settings < SETTINGS)
			order->settings[order->n_settings++] = optarg;
		else
			exit(2);
	}
	order->argv = argv + optind;
	if (!order->argv[0])
		exit(2);
}

static void pin(const char *cpus)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	for (const char *p = cpus; *p;) {
		char *end;
		unsigned long cpu = strtoul(p, &end, 10);

		if (end == p)
			break;
		CPU_SET(cpu, &set);
		p = *end ? end + 1 : end;
	}
	if (sched_setaffinity(0, sizeof(set), &set))
		die(cpus);
}

static void redirect(const char *path, int flags, int to)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd < 0 || dup2(fd, to) < 0)
		die(path);
}

static void become(const struct order *order)
{
	if (order->cpus)
		pin(order->cpus);
	redirect(order->in, O_RDONLY, STDIN_FILENO);
	redirect(order->out, O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO);
	if (!getenv("BENCH_STDERR"))
		redirect("/dev/null", O_WRONLY, STDERR_FILENO);
	for (int i = 0; i < order->n_settings; i++)
		putenv((char *)order->settings[i]);
	execvp(order->argv[0], order->argv);
	die(order->argv[0]);
}

static long long micros(struct timeval t)
{
	return t.tv_sec * 1000000LL + t.tv_usec;
}

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

int main(int argc, char **argv)
{
	struct order order = { .in = "/dev/null", .out = "/dev/null" };
	struct rusage used;
	long long start;
	int status;
	pid_t child;

	read_order(&order, argc, argv);
	start = now();
	child = fork();
	if (child < 0)
		die("fork");
	if (!child)
		become(&order);
	while (wait4(child, &status, 0, &used) < 0) {
		if (errno != EINTR)
			die("wait4");
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status) != order.status) {
		fprintf(stderr, "cpu: %s ended with status %#x\n", order.argv[0], status);
		return 1;
	}
	printf("%lld %lld %ld\n", micros(used.ru_utime) + micros(used.ru_stime), now() - start,
	       used.ru_maxrss);
	return 0;
}
