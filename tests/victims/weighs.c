/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Holds 100 MB that it has touched, from where it is told, and stays for a while.
 * usage: weighs heap|mmap|brk|file
 *        weighs frees    1000 blocks of 20 kB, which go one by one in a second or more
 *        weighs threads   4 threads keep 2500 blocks of 1000 bytes each
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>

#include "victim.h"

#define BYTES ((size_t)100000000)

static void *from_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

	need(fd >= 0 && ftruncate(fd, BYTES) == 0, "file");
	unlink(path);
	return mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}

APART static char *take(const char *how, const char *path)
{
	char *p = NULL;

	if (!strcmp(how, "heap"))
		p = malloc(BYTES);
	else if (!strcmp(how, "mmap"))
		p = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	else if (!strcmp(how, "brk"))
		p = sbrk(BYTES);
	else if (!strcmp(how, "file"))
		p = from_file(path);
	HERE();
	return p;
}

static void frees(void)
{
	static void *kept[1000];

	for (int i = 0; i < 1000; i++)
		kept[i] = malloc(20000);
	for (int i = 0; i < 1000; i++) {
		usleep(1000);
		free(kept[i]);
	}
}

static void *keep(void *unused)
{
	static _Atomic int next;
	static char *kept[4 * 2500];

	for (int i = 0; i < 2500; i++)
		memset(kept[next++] = malloc(1000), 1, 1000);
	usleep(300000);
	return unused;
}

static void threads(void)
{
	pthread_t t[4];

	for (int i = 0; i < 4; i++)
		need(pthread_create(&t[i], NULL, keep, NULL) == 0, "thread");
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
}

int main(int argc, char **argv)
{
	char *p;

	if (argc > 1 && !strcmp(argv[1], "frees")) {
		frees();
		return 0;
	}
	if (argc > 1 && !strcmp(argv[1], "threads")) {
		threads();
		return 0;
	}
	p = take(argc > 1 ? argv[1] : "", argc > 2 ? argv[2] : "");

	need(p && p != MAP_FAILED, "memory");
	memset(p, 1, BYTES);
	usleep(1200000);
	return 0;
}
