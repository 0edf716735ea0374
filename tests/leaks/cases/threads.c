/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Threads that give things to each other, that are there when the program ends, that are gone.
 */
#include "../leak.h"

#include <malloc.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/syscall.h>

static pthread_t thread_of(void *(*function)(void *), void *argument)
{
	pthread_t thread;

	must(pthread_create(&thread, NULL, function, argument) == 0, "thread");
	return thread;
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t arrived = PTHREAD_COND_INITIALIZER;
static struct node *queue;
static int produced;

static void produce_some(void)
{
	for (int i = 0; i < 250; i++) {
		struct node *n = NODE(reachable_a);

		pthread_mutex_lock(&lock);
		n->next = queue;
		queue = n;
		produced++;
		pthread_cond_signal(&arrived);
		pthread_mutex_unlock(&lock);
	}
}

static void *produce(void *unused)
{
	apart(produce_some);
	return unused;
}

static void *consume(void *how_many)
{
	static struct node *taken;

	for (int i = 0; i < (int)(intptr_t)how_many; i++) {
		struct node *n;

		pthread_mutex_lock(&lock);
		while (!queue)
			pthread_cond_wait(&arrived, &lock);
		n = queue;
		queue = n->next;
		pthread_mutex_unlock(&lock);
		n->other = taken;
		taken = n;
	}
	return NULL;
}

static void hand_around(void)
{
	pthread_t producers[4], consumer = thread_of(consume, (void *)500);

	for (int i = 0; i < 4; i++)
		producers[i] = thread_of(produce, NULL);
	for (int i = 0; i < 4; i++)
		pthread_join(producers[i], NULL);
	pthread_join(consumer, NULL);
}

CASE(handed_around, "reachable_a 1000 24000", "lists that four threads fill and one half empties")
{
	hand_around();
}

CASE(handed_around_lost, "reachable_a 500 12000, definite_b 1 24, indirect_c 9 216",
     "the same with half taken and freed, and a list lost by a thread")
{
	pthread_t producers[4];
	struct node *n;

	for (int i = 0; i < 4; i++)
		producers[i] = thread_of(produce, NULL);
	for (int i = 0; i < 4; i++)
		pthread_join(producers[i], NULL);
	for (int i = 0; i < 500; i++) {
		n = queue;
		queue = n->next;
		free(n);
	}
	n = NODE(definite_b);
	n->next = list_of(indirect_c, 9, NULL);
}

static void lose_some(void)
{
	struct node *n = NODE(definite_a);

	n->next = list_of(indirect_b, 10, NULL);
}

CASE(lost_by_thread, "definite_a 1 24, indirect_b 10 240", "a thread that is gone lost them")
{
	visitor(lose_some);
}

CASE(lost_by_threads, "definite_a 16 384, indirect_b 160 3840", "sixteen threads that are gone")
{
	for (int i = 0; i < 16; i++)
		visitor(lose_some);
}

static void lose_and_sleep(void)
{
	apart(lose_some);
	settle();
}

CASE(lost_by_sleeper, "definite_a 1 24, indirect_b 10 240", "a thread that sleeps lost them")
{
	sleeper(lose_and_sleep);
}

static void keep_and_end(void)
{
	root[0] = NODE(reachable_a);
}

CASE(kept_for_thread, "reachable_a 1 24", "a thread that is gone made what a global holds")
{
	visitor(keep_and_end);
}

static void hold_and_settle(void)
{
	void *volatile held = NODE(reachable_a);

	scrub();
	must(held != NULL, "holding");
	settle();
}

CASE(detached, "reachable_a 1 24", "a detached thread's frame")
{
	pthread_detach(sleeper(hold_and_settle));
}

static void *sleep_with_argument(void *unused)
{
	(void)unused;
	scrub();
	settle();
	return NULL;
}

static void start_with_argument(void)
{
	thread_of(sleep_with_argument, NODE(reachable_a));
	usleep(20000);
}

CASE(start_argument, "reachable_a 1 24", "what a sleeping thread was started with")
{
	apart(start_with_argument);
}

static void *return_block(void *unused)
{
	void *block = NODE(reachable_a);

	(void)unused;
	scrub();
	return block;
}

static void start_unjoined(void)
{
	root[1] = (void *)thread_of(return_block, NULL);
	usleep(50000);
}

CASE(unjoined_result, "reachable_a 1 24", "the result of a thread that nobody has joined yet")
{
	apart(start_unjoined);
}

static void *hold_a_lock(void *unused)
{
	void *volatile held = NODE(reachable_a);

	pthread_mutex_lock(&lock);
	scrub();
	must(held != NULL, "holding");
	settled();
	sleep(1000);
	return unused;
}

static void wait_for_lock(void)
{
	void *volatile held = NODE(reachable_b);

	scrub();
	settled();
	pthread_mutex_lock(&lock);
	must(held == NULL, "never coming here");
}

static void hold_lock_and_sleep(void)
{
	hold_a_lock(NULL);
}

CASE(waits_for_lock, "reachable_a 1 24, reachable_b 1 24",
     "two threads, one with a lock, one that waits for it")
{
	sleeper(hold_lock_and_sleep);
	sleeper(wait_for_lock);
}

static void read_for_ever(void)
{
	void *volatile held = NODE(reachable_a);
	int fds[2];
	char c;

	must(pipe(fds) == 0, "pipe");
	scrub();
	settled();
	must(read(fds[0], &c, 1) == 1 && held == NULL, "never coming here");
}

CASE(waits_for_input, "reachable_a 1 24", "a thread in read")
{
	sleeper(read_for_ever);
}

/* Blocks come and go while the program ends: none of them is lost at any moment. */
APART static void *reachable_churn(size_t bytes)
{
	void *volatile block = malloc(bytes);

	return block;
}

static void *churn(void *unused)
{
	void *volatile mine[100] = { NULL };

	for (unsigned int i = 0;; i++) {
		free(mine[i % 100]);
		mine[i % 100] = reachable_churn(8 + i % 1000);
		if (i == 1000)
			settled();
	}
	return unused;
}

static void churn_for_ever(void)
{
	churn(NULL);
}

CASE(busy, "definite_a 1 24, indirect_b 10 240, reachable_churn * *",
     "four threads allocate while the program ends")
{
	for (int i = 0; i < 4; i++)
		sleeper(churn_for_ever);
	apart(lose_some);
}

static void *nothing(void *unused)
{
	return unused;
}

static void start_threads(void)
{
	for (unsigned int i = 0;; i++) {
		pthread_t thread = thread_of(nothing, NULL);

		pthread_join(thread, NULL);
		if (i == 20)
			settled();
	}
}

CASE(storm, "definite_a 1 24, indirect_b 10 240", "threads come and go while the program ends")
{
	sleeper(start_threads);
	sleeper(start_threads);
	apart(lose_some);
}

static void *volatile in_arena;

static void fill_and_free(void)
{
	void **holder = malloc(1000), *guard = malloc(1000);

	holder[60] = in_arena;
	in_arena = NULL;
	free(holder);
	free(guard);
	settle();
}

CASE(in_freed_of_arena, "definite_a 1 24",
     "only a freed block in another thread's arena still holds it")
{
	in_arena = NODE(definite_a);
	sleeper(fill_and_free);
}

static void keep_in_arena(void)
{
	void **holder = reachable_b(1000);

	holder[60] = in_arena;
	in_arena = NULL;
	root[0] = holder;
	holder = NULL;
	scrub();
	settle();
}

CASE(in_arena_of_thread, "reachable_a 1 24, reachable_b 1 1000",
     "a block in another thread's arena holds it")
{
	in_arena = NODE(reachable_a);
	sleeper(keep_in_arena);
}

static void *wait_then_lose(void *seconds)
{
	usleep((useconds_t)(uintptr_t)seconds);
	apart(lose_some);
	return NULL;
}

CASE(last_thread, "definite_a 1 24, indirect_b 10 240",
     "main is gone by pthread_exit; the last thread's end is "
     "the program's")
{
	thread_of(wait_then_lose, (void *)50000);
	pthread_exit(NULL);
}

static void hold_cancelled(void)
{
	void *volatile held = NODE(definite_a);

	scrub();
	must(held != NULL, "holding");
	settle();
}

static void cancel_one(void)
{
	pthread_t thread = sleeper(hold_cancelled);

	must(pthread_cancel(thread) == 0, "cancel");
	pthread_join(thread, NULL);
}

CASE(cancelled, "definite_a 1 24", "the frame of a thread that was cancelled")
{
	apart(cancel_one);
}
