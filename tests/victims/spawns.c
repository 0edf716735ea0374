/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Threads begun in every way, each of which allocates a number of bytes that tells which it is, and
 * ends without letting go of it.  usage: spawns
 *          spawns burst: a thousand detached threads at once
 *          spawns names: four at one place, two of them of one name
 */
#define _GNU_SOURCE
#include "victim.h"

#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <threads.h>

static void *volatile kept[4096];
static int kept_count;

APART static void keep_bytes(size_t bytes)
{
	kept[__atomic_fetch_add(&kept_count, 1, __ATOMIC_RELAXED)] = malloc(bytes);
	HERE();
}

static void *works(void *bytes)
{
	keep_bytes((size_t)bytes);
	return bytes;
}

APART static void joined(void)
{
	pthread_t thread;
	void *said = NULL;

	need(!pthread_create(&thread, NULL, works, (void *)1001), "create");
	need(!pthread_join(thread, &said) && said == (void *)1001, "what it returns");
}

static int finished;

static void *works_alone(void *bytes)
{
	keep_bytes((size_t)bytes);
	__atomic_store_n(&finished, 1, __ATOMIC_RELEASE);
	return NULL;
}

APART static void detached(void)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	need(!pthread_create(&thread, &attr, works_alone, (void *)1002), "create");
	while (!__atomic_load_n(&finished, __ATOMIC_ACQUIRE))
		usleep(1000);
}

/* The smallest stack there may be, of its own. */
static void *on_stack(void *stack)
{
	char here;

	need(&here > (char *)stack && &here < (char *)stack + PTHREAD_STACK_MIN, "its stack");
	keep_bytes(1003);
	return NULL;
}

APART static void small_stack(void)
{
	void *stack = mmap(NULL, PTHREAD_STACK_MIN, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	need(!pthread_attr_setstack(&attr, stack, PTHREAD_STACK_MIN), "stack");
	need(!pthread_create(&thread, &attr, on_stack, stack), "create");
	pthread_join(thread, NULL);
}

static int standard_work(void *bytes)
{
	keep_bytes((size_t)bytes);
	return -7;
}

APART static void standard(void)
{
	thrd_t thread;
	int said = 0;

	need(thrd_create(&thread, standard_work, (void *)1004) == thrd_success, "thrd_create");
	need(thrd_join(thread, &said) == thrd_success && said == -7, "what it returns");
}

APART static void *middle(void *bytes)
{
	pthread_t thread;

	keep_bytes((size_t)bytes);
	need(!pthread_create(&thread, NULL, works, (void *)((size_t)bytes + 1)), "create");
	pthread_join(thread, NULL);
	return NULL;
}

APART static void nested(void)
{
	pthread_t thread;

	need(!pthread_create(&thread, NULL, middle, (void *)1005), "create");
	pthread_join(thread, NULL);
}

static void *waits(void *unused)
{
	(void)unused;
	keep_bytes(1007);
	for (;;)
		pause();
	return NULL;
}

APART static void cancelled(void)
{
	pthread_t thread;
	void *said = NULL;

	need(!pthread_create(&thread, NULL, waits, NULL), "create");
	pthread_cancel(thread);
	pthread_join(thread, &said);
	need(said == PTHREAD_CANCELED, "cancelled");
}

/* What pthread_create writes is there when the thread begins. */
static pthread_t known;

static void *knows_itself(void *bytes)
{
	need(pthread_equal(known, pthread_self()), "its own number");
	keep_bytes((size_t)bytes);
	return NULL;
}

APART static void knowing(void)
{
	need(!pthread_create(&known, NULL, knows_itself, (void *)1008), "create");
	pthread_join(known, NULL);
}

/* More than there are boxes: none may be lost by a thread that does not come to be. */
APART static void failing(void)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	need(!pthread_attr_setstacksize(&attr, (size_t)1 << 46), "size");
	for (int i = 0; i < 5000; i++) {
		errno = 7;
		need(pthread_create(&thread, &attr, works, NULL) == EAGAIN, "EAGAIN");
	}
	need(!pthread_create(&thread, NULL, works, (void *)1009), "create");
	pthread_join(thread, NULL);
}

/* Its argument is known to nobody but the thread that does not look at it. */
static void *looks_away(void *unused)
{
	(void)unused;
	__atomic_store_n(&finished, 2, __ATOMIC_RELEASE);
	for (;;)
		pause();
	return NULL;
}

APART static void holding(void)
{
	pthread_t thread;

	need(!pthread_create(&thread, NULL, looks_away, malloc(1010)), "create");
	while (__atomic_load_n(&finished, __ATOMIC_ACQUIRE) != 2)
		usleep(1000);
}

static int begun;

static void *counts(void *unused)
{
	free(malloc(2000));
	__atomic_fetch_add(&begun, 1, __ATOMIC_RELEASE);
	return unused;
}

APART static void burst(void)
{
	pthread_attr_t attr;
	pthread_t thread;
	int wanted = 0;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, 65536);
	for (int i = 0; i < 1000; i++)
		wanted += !pthread_create(&thread, &attr, counts, NULL);
	while (__atomic_load_n(&begun, __ATOMIC_ACQUIRE) < wanted)
		usleep(1000);
	say("begun=%d\n", wanted);
}

static pthread_barrier_t all_named;

static void *named(void *name)
{
	need(!pthread_setname_np(pthread_self(), name), "setname");
	pthread_barrier_wait(&all_named);
	for (int i = 0; i < 100; i++)
		keep_bytes(3000);
	pthread_barrier_wait(&all_named);
	return NULL;
}

APART static void names(void)
{
	static char name[4][8] = { "loader", "worker", "worker", "other" };
	pthread_t all[4];

	pthread_barrier_init(&all_named, NULL, 4);
	for (int i = 0; i < 4; i++)
		need(!pthread_create(&all[i], NULL, named, name[i]), "create");
	for (int i = 0; i < 4; i++)
		pthread_join(all[i], NULL);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "burst")) {
		burst();
		return 0;
	}
	if (argc > 1 && !strcmp(argv[1], "names")) {
		names();
		return 0;
	}
	joined();
	detached();
	small_stack();
	standard();
	nested();
	cancelled();
	knowing();
	failing();
	holding();
	say("kept=%d\n", kept_count);
	return 0;
}
