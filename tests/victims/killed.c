/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Allocates until it is killed; each thread keeps count in a file mapped shared, which survives.
 * usage: killed FILE THREADS, or killed --print FILE
 * A thread counts before and after each call, so that one in flight is seen as such.
 */
#define _GNU_SOURCE
#include "victim.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>

#define THREADS 16
#define SLOTS	2000

struct books {
	_Atomic(long) calls_begun;
	_Atomic(long) calls_done;
	_Atomic(long) bytes_begun;
	_Atomic(long) bytes_done;
	_Atomic(long) live_bytes; /* without the call in flight */
	_Atomic(long) in_flight;  /* bytes that come or go just now */
	long rest[10];
};

static struct books *books;

APART static void *killed_allocates(int depth, size_t bytes)
{
	void *block = depth ? killed_allocates(depth - 1, bytes) : malloc(bytes);

	HERE();
	return block;
}

static void *work(void *arg)
{
	int me = (int)(intptr_t)arg;
	uint64_t seed = 88172645463325252ull * (uint64_t)(me + 1);
	struct books *mine = &books[me];
	void *kept[SLOTS] = { NULL };
	long sizes[SLOTS] = { 0 };

	for (;;) {
		uint32_t at = number(&seed, SLOTS);
		long bytes = 1 + number(&seed, 3000);

		if (kept[at]) {
			mine->in_flight = sizes[at];
			mine->live_bytes -= sizes[at];
			free(kept[at]);
			mine->in_flight = 0;
		}
		mine->in_flight = bytes;
		mine->calls_begun++;
		mine->bytes_begun += bytes;
		kept[at] = killed_allocates((int)number(&seed, 30), (size_t)bytes);
		mine->calls_done++;
		mine->bytes_done += bytes;
		mine->live_bytes += bytes;
		mine->in_flight = 0;
		sizes[at] = bytes;
	}
	return NULL;
}

static void print(void)
{
	long begun = 0, done = 0, bytes_begun = 0, bytes_done = 0, live = 0, in_flight = 0;

	for (int i = 0; i < THREADS; i++) {
		begun += books[i].calls_begun;
		done += books[i].calls_done;
		bytes_begun += books[i].bytes_begun;
		bytes_done += books[i].bytes_done;
		live += books[i].live_bytes;
		in_flight += books[i].in_flight;
	}
	say("calls_begun=%ld\ncalls_done=%ld\nbytes_begun=%ld\nbytes_done=%ld\n", begun, done,
	    bytes_begun, bytes_done);
	say("live_bytes=%ld\nin_flight=%ld\n", live, in_flight);
}

static void map(const char *path, int flags)
{
	int fd = open(path, flags, 0600);
	size_t bytes = sizeof(*books) * THREADS;

	need(fd >= 0 && !ftruncate(fd, (off_t)bytes), "file");
	books = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	need(books != MAP_FAILED, "mmap");
	close(fd);
}

int main(int argc, char **argv)
{
	pthread_t thread;

	if (argc < 3)
		return 2;
	if (!strcmp(argv[1], "--print")) {
		map(argv[2], O_RDWR);
		print();
		return 0;
	}
	map(argv[1], O_RDWR | O_CREAT | O_TRUNC);
	for (intptr_t i = 1; i < atoi(argv[2]) && i < THREADS; i++)
		need(!pthread_create(&thread, NULL, work, (void *)i), "thread");
	work((void *)0);
	return 0;
}
