/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * realloc's corners.  usage: reallocs MODE
 *   order   four threads whose reallocs hand the same addresses to each other
 *   zero    realloc(p, 0) frees
 *   fail    a realloc that fails leaves its block
 *   null    realloc(NULL, n) is malloc
 * Prints live_bytes, live_blocks, calls and total_bytes of the function keep_NN.
 */
#include "victim.h"

#include <errno.h>
#include <pthread.h>

#define THREADS 4
#define ROUNDS	60000
#define SLOTS	64

static long live_bytes[THREADS], live_blocks[THREADS], calls[THREADS], total_bytes[THREADS];

APART static void *keep_resized(void *block, size_t bytes)
{
	block = realloc(block, bytes);
	HERE();
	return block;
}

static void *resize_on(void *arg)
{
	int me = (int)(intptr_t)arg;
	uint64_t seed = 31 + (uint64_t)me * 1000003;
	void *blocks[SLOTS] = { NULL };
	size_t sizes[SLOTS] = { 0 };

	for (int i = 0; i < ROUNDS; i++) {
		uint32_t at = number(&seed, SLOTS);
		size_t bytes = 1 + number(&seed, 4) * 700 + number(&seed, 600);

		if (!number(&seed, 4)) {
			free(blocks[at]);
			blocks[at] = NULL;
			sizes[at] = 0;
			continue;
		}
		blocks[at] = keep_resized(blocks[at], bytes);
		sizes[at] = bytes;
		calls[me]++;
		total_bytes[me] += (long)bytes;
	}
	for (int i = 0; i < SLOTS; i++) {
		live_bytes[me] += (long)sizes[i];
		live_blocks[me] += blocks[i] != NULL;
	}
	return NULL;
}

static void order(void)
{
	pthread_t threads[THREADS];

	for (intptr_t i = 0; i < THREADS; i++)
		need(!pthread_create(&threads[i], NULL, resize_on, (void *)i), "thread");
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

static void zero(void)
{
	for (int i = 0; i < 100; i++) {
		void *block = keep_resized(NULL, 50);

		calls[0]++;
		total_bytes[0] += 50;
		if (i % 10) {
			need(keep_resized(block, 0) == NULL, "NULL from realloc(p, 0)");
		} else {
			live_bytes[0] += 50;
			live_blocks[0]++;
		}
		KEEP(block);
	}
}

static void fail(void)
{
	volatile size_t much = SIZE_MAX / 2 + 4096;

	for (int i = 0; i < 100; i++) {
		void *block = keep_resized(NULL, 60);

		calls[0]++;
		total_bytes[0] += 60;
		errno = 0;
		need(keep_resized(block, much) == NULL && errno == ENOMEM, "a realloc that fails");
		if (i % 2) {
			free(block);
			continue;
		}
		live_bytes[0] += 60;
		live_blocks[0]++;
	}
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";

	if (!strcmp(mode, "order"))
		order();
	else if (!strcmp(mode, "zero"))
		zero();
	else if (!strcmp(mode, "fail"))
		fail();
	else
		return 2;
	for (int i = 1; i < THREADS; i++) {
		live_bytes[0] += live_bytes[i];
		live_blocks[0] += live_blocks[i];
		calls[0] += calls[i];
		total_bytes[0] += total_bytes[i];
	}
	say("keep_resized %ld %ld %ld %ld\n", calls[0], total_bytes[0], live_bytes[0],
	    live_blocks[0]);
	return 0;
}
