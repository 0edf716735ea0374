/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A storm of signals whose handler allocates, on top of a program that allocates all the time: the
 * handler runs in the middle of malloc's hook again and again.  malloc itself may not be entered
 * again by a handler, so this program brings its own allocator under the hooks: see bump.c.
 * usage: signals MILLISECONDS [alt|jump]; prints the books of storm_handler and storm_main.  With
 * "jump" the handler leaves at times by siglongjmp, out of the middle of the hook; prints jumps.
 */
#define _GNU_SOURCE
#include "victim.h"

#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/time.h>
#include <time.h>

#define SLOTS 512

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

static void work_until(const struct timespec *end)
{
	static void *kept[SLOTS];
	static uint32_t sizes[SLOTS];
	struct timespec now;

	do {
		sigsetjmp(outside, 1);
		for (int i = 0; i < 200; i++) {
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
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec < end->tv_sec ||
		 (now.tv_sec == end->tv_sec && now.tv_nsec < end->tv_nsec));
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
	struct itimerval never = { { 0, 0 }, { 0, 0 } };
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_nsec += milliseconds % 1000 * 1000000;
	end.tv_sec += milliseconds / 1000 + end.tv_nsec / 1000000000;
	end.tv_nsec %= 1000000000;
	if (!sigsetjmp(outside, 1)) {
		may_jump = argc > 2 && !strcmp(argv[2], "jump");
		start_storm(argc > 2 && !strcmp(argv[2], "alt"));
	}
	work_until(&end);
	may_jump = 0;
	setitimer(ITIMER_REAL, &never, NULL);
	say("storm_handler %ld %ld %ld %ld\n", handler_calls, handler_bytes, handler_live,
	    handler_blocks);
	say("jumps=%ld\n", jumps);
	say("storm_main %ld %ld %ld %ld\n", main_calls, main_bytes, main_live, main_blocks);
	return 0;
}
