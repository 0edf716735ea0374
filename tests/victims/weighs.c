/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Holds 100 MB that it has touched, from where it is told, and stays for a while.
 * usage: weighs heap|mmap|brk|file
 *        weighs frees    1000 blocks of 20 kB, which go one by one in two seconds or more
 *        weighs threads   4 threads keep 2500 blocks of 1000 bytes each
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <time.h>

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

static uint64_t cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/*
 * So long that the command looks at its pages once more: it does so in a hundredth of the time, and
 * that is long where the machine is slow.
 */
static void stay(void)
{
	static char text[65536];
	uint64_t before_us = cpu_us(), stay_us;
	int fd = open("/proc/self/smaps", O_RDONLY);

	while (read(fd, text, sizeof(text)) > 0)
		;
	close(fd);
	stay_us = 400000 + 500 * (cpu_us() - before_us);
	usleep((useconds_t)(stay_us < 60000000 ? stay_us : 60000000));
}

static void frees(void)
{
	static void *kept[1000];

	for (int i = 0; i < 1000; i++)
		kept[i] = malloc(20000);
	for (int i = 0; i < 1000; i++) {
		usleep(2000);
		free(kept[i]);
	}
}

static void *keep(void *unused)
{
	static _Atomic int next;
	static char *kept[4 * 2500];

	for (int i = 0; i < 2500; i++)
		memset(kept[next++] = malloc(1000), 1, 1000);
	stay();
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
	stay();
	return 0;
}
