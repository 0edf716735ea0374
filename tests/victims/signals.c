/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A storm of signals whose handler allocates, on top of a program that allocates all the time: the
 * handler runs in the middle of malloc's hook again and again.  malloc itself may not be entered
 * again by a handler, so this program brings its own allocator under the hooks: see bump.c.
 * usage: signals MILLISECONDS [alt|jump|threads]; prints the books of storm_handler and storm_main.
 * It lasts longer where the machine is too slow for a storm.
 * With "jump" the handler leaves at times by siglongjmp, out of the middle of the hook; prints
 * jumps.  With "threads" the storm is over threads that allocate a little and end, one by one.
 */
#define _GNU_SOURCE
#include "victim.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/time.h>
#include <time.h>

#define SLOTS	    512
#define STORM_LEAST 1000
#define MOST_MS	    60000

static atomic_long handler_calls, handler_bytes, handler_live, handler_blocks;
static volatile long main_calls, main_bytes, main_live, main_blocks;
static void *handler_kept[64];
static uint32_t handler_sizes[64];
static uint64_t handler_seed = 424242;
static char alternative[65536];
static sigjmp_buf outside;
static volatile sig_atomic_t may_jump;
static atomic_long jumps;

APART static void *storm_handler(uint32_t bytes)
{
	void *block = malloc(bytes);

	HERE();
	return block;
}

static void handle(int signal)
{
	uint32_t at = number(&handler_seed, COUNT_OF(handler_kept));
	uint32_t bytes = 1 + number(&handler_seed, 900);

	(void)signal;
	if (handler_kept[at]) {
		free(handler_kept[at]);
		handler_live -= handler_sizes[at];
		handler_blocks--;
	}
	handler_kept[at] = storm_handler(bytes);
	handler_sizes[at] = bytes;
	handler_calls++;
	handler_bytes += bytes;
	handler_live += bytes;
	handler_blocks++;
	if (may_jump && !number(&handler_seed, 4)) {
		jumps++;
		siglongjmp(outside, 1);
	}
}

APART static void *storm_main(uint32_t bytes)
{
	void *block = malloc(bytes);

	HERE();
	return block;
}

static void work(int times)
{
	static void *kept[SLOTS];
	static uint32_t sizes[SLOTS];

	for (int i = 0; i < times; i++) {
		uint32_t at = any(SLOTS);

		if (kept[at]) {
			free(kept[at]);
			main_live -= sizes[at];
			main_blocks--;
		}
		sizes[at] = 1 + any(2000);
		kept[at] = storm_main(sizes[at]);
		main_calls++;
		main_bytes += sizes[at];
		main_live += sizes[at];
		main_blocks++;
	}
}

static void mask_storm(int how)
{
	sigset_t storm;

	sigemptyset(&storm);
	sigaddset(&storm, SIGALRM);
	pthread_sigmask(how, &storm, NULL);
}

static void *work_a_little(void *unused)
{
	mask_storm(SIG_UNBLOCK);
	work(5);
	mask_storm(SIG_BLOCK);
	return unused;
}

static void work_in_threads(void)
{
	pthread_t thread;

	for (int i = 0; i < 20; i++) {
		need(!pthread_create(&thread, NULL, work_a_little, NULL), "pthread_create");
		pthread_join(thread, NULL);
	}
}

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int is_enough(void)
{
	return handler_calls >= STORM_LEAST && (!may_jump || jumps >= STORM_LEAST / 4);
}

static void work_until(long end_ms, int in_threads)
{
	long most_ms = end_ms + MOST_MS;

	do {
		sigsetjmp(outside, 1);
		if (in_threads)
			work_in_threads();
		else
			work(200);
	} while (now_ms() < end_ms || (!is_enough() && now_ms() < most_ms));
}

static void start_storm(int on_stack)
{
	stack_t stack = { .ss_sp = alternative, .ss_size = sizeof(alternative) };
	struct sigaction action = { .sa_handler = handle, .sa_flags = SA_RESTART };
	struct itimerval every = { { 0, 50 }, { 0, 50 } };

	if (on_stack) {
		need(!sigaltstack(&stack, NULL), "sigaltstack");
		action.sa_flags |= SA_ONSTACK;
	}
	need(!sigaction(SIGALRM, &action, NULL), "sigaction");
	need(!setitimer(ITIMER_REAL, &every, NULL), "setitimer");
}

int main(int argc, char **argv)
{
	long milliseconds = argc > 1 ? atol(argv[1]) : 1000;
	const char *how = argc > 2 ? argv[2] : "";
	struct itimerval never = { { 0, 0 }, { 0, 0 } };
	volatile long end_ms = now_ms() + milliseconds;

	if (!sigsetjmp(outside, 1)) {
		may_jump = !strcmp(how, "jump");
		if (!strcmp(how, "threads"))
			mask_storm(SIG_BLOCK);
		start_storm(!strcmp(how, "alt"));
	}
	work_until(end_ms, !strcmp(how, "threads"));
	may_jump = 0;
	setitimer(ITIMER_REAL, &never, NULL);
	say("storm_handler %ld %ld %ld %ld\n", handler_calls, handler_bytes, handler_live,
	    handler_blocks);
	say("jumps=%ld\n", jumps);
	say("storm_main %ld %ld %ld %ld\n", main_calls, main_bytes, main_live, main_blocks);
	return 0;
}
