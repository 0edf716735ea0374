/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Threads that allocate, free and grow blocks as fast as they can while the process ends.  What
 * they hold is in registers, on stacks or on the move; main has lost one block of 1000 bytes.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "victim.h"

#define THREADS 6

static void *volatile kept[THREADS];
static void *volatile anchor;

static void *work(void *number)
{
	size_t i = (size_t)number, bytes = 64;
	void **list = NULL;

	for (;;) {
		void **head = malloc(sizeof(*head) * 4);

		head[0] = list;
		list = head;
		kept[i] = list;
		if (++bytes % 64)
			continue;
		head = realloc(malloc(40), 100 + bytes);
		KEEP(head);
		free(head);
		while (list) {
			void **next = list[0];

			kept[i] = next;
			free(list);
			list = next;
		}
	}
	return NULL;
}

APART static void lose(void)
{
	char *p = malloc(1000);

	memset(p, 1, 1000);
	KEEP(p);
	HERE();
}

int main(void)
{
	pthread_t thread;

	lose();
	anchor = malloc(50);
	for (size_t i = 0; i < THREADS; i++)
		pthread_create(&thread, NULL, work, (void *)i);
	usleep(2000);
	return 7;
}
