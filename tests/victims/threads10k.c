/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Ten thousand threads, sixteen at a time, each of which allocates from some stacks, and again in
 * the destructors of its keys, when much of the thread is gone.  Prints the books of
 * thread_allocates and its RSS at the end.  usage: threads10k [THREADS]
 */
#define _GNU_SOURCE
#include "victim.h"

#include <fcntl.h>
#include <pthread.h>

#define AT_ONCE 16

static long calls[AT_ONCE], bytes[AT_ONCE], live[AT_ONCE], blocks[AT_ONCE];

APART static void *thread_allocates(int depth, size_t size)
{
	void *block = depth ? thread_allocates(depth - 1, size) : malloc(size);

	HERE();
	return block;
}

static pthread_key_t key;
static __thread int me;

/* Runs in several rounds, since it sets the key again: frees its block, and makes another. */
static void at_thread_end(void *arg)
{
	size_t *block = arg, size = *block;

	live[me] -= (long)size;
	blocks[me]--;
	free(block);
	if (size <= 300)
		return;
	size -= 100;
	block = thread_allocates(2, size);
	*block = size;
	calls[me]++;
	bytes[me] += (long)size;
	live[me] += (long)size;
	blocks[me]++;
	pthread_setspecific(key, block);
}

static void *work(void *arg)
{
	size_t *last = thread_allocates(3, 500);

	me = (int)(intptr_t)arg;
	*last = 500;
	calls[me]++;
	bytes[me] += 500;
	live[me] += 500;
	blocks[me]++;
	pthread_setspecific(key, last);

	for (int i = 0; i < 40; i++) {
		size_t size = 1 + (size_t)i * 10;
		void *block = thread_allocates(i % 20, size);

		KEEP(block);
		calls[me]++;
		bytes[me] += (long)size;
		if (i == 7) {
			live[me] += (long)size;
			blocks[me]++;
		} else {
			free(block);
		}
	}
	return NULL;
}

static long rss_kb(void)
{
	char text[4096];
	const char *found;
	int fd = open("/proc/self/status", O_RDONLY);
	ssize_t got = read(fd, text, sizeof(text) - 1);

	close(fd);
	text[got > 0 ? got : 0] = 0;
	found = strstr(text, "VmRSS:");
	return found ? atol(found + 6) : 0;
}

int main(int argc, char **argv)
{
	int left = argc > 1 ? atoi(argv[1]) : 10000;
	pthread_t threads[AT_ONCE];

	need(!pthread_key_create(&key, at_thread_end), "key");
	for (; left > 0; left -= AT_ONCE) {
		for (intptr_t i = 0; i < AT_ONCE; i++)
			need(!pthread_create(&threads[i], NULL, work, (void *)i), "thread");
		for (int i = 0; i < AT_ONCE; i++)
			pthread_join(threads[i], NULL);
	}
	for (int i = 1; i < AT_ONCE; i++) {
		calls[0] += calls[i];
		bytes[0] += bytes[i];
		live[0] += live[i];
		blocks[0] += blocks[i];
	}
	say("thread_allocates %ld %ld %ld %ld\nrss_kb=%ld\n", calls[0], bytes[0], live[0],
	    blocks[0], rss_kb());
	return 0;
}
