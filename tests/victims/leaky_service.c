/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs until it is told to stop, handing blocks around between two threads, and loses some: three
 * of 100 bytes before it says "ready", and one of 200 for each line that it reads.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "victim.h"

struct node {
	struct node *next;
	char text[56];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct node *queue;
static int queued;

static void push(void)
{
	struct node *n = malloc(sizeof(*n));

	memset(n, 0, sizeof(*n));
	pthread_mutex_lock(&lock);
	n->next = queue;
	queue = n;
	queued++;
	pthread_mutex_unlock(&lock);
}

static void *pop_for_ever(void *unused)
{
	struct node *n;

	for (;;) {
		pthread_mutex_lock(&lock);
		n = queue;
		if (n && queued > 500) {
			queue = n->next;
			queued--;
		} else {
			n = NULL;
		}
		pthread_mutex_unlock(&lock);
		free(n);
	}
	return unused;
}

static void *push_for_ever(void *unused)
{
	for (;;) {
		if (queued < 1000)
			push();
		usleep(20);
	}
	return unused;
}

static void *lose(void *bytes)
{
	char *p = malloc((size_t)bytes);

	KEEP(p);
	HERE();
	return NULL;
}

/* On a stack that nobody uses any more: in the middle of a run all of a stack counts. */
static void lose_apart(size_t bytes)
{
	pthread_t thread;

	pthread_create(&thread, NULL, lose, (void *)bytes);
	pthread_join(thread, NULL);
}

int main(void)
{
	pthread_t threads[2];
	char line[64];

	for (int i = 0; i < 3; i++)
		lose_apart(100);
	pthread_create(&threads[0], NULL, pop_for_ever, NULL);
	pthread_create(&threads[1], NULL, push_for_ever, NULL);
	if (write(1, "ready\n", 6) != 6)
		return 1;
	while (read(0, line, sizeof(line)) > 0) {
		lose_apart(200);
		if (write(1, "lost\n", 5) != 5)
			return 1;
	}
	_exit(0);
}
