/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Holds a number of blocks and says what it costs: usage: blocks COUNT [LARGEST]
 * Prints growing=BLOCKS KIB while it grows, and steady=KIB after as many frees and allocations at
 * random; KiB are those that are this process's own.
 */
#include "victim.h"

#include <fcntl.h>
#include <sys/mman.h>

#define SAMPLES 48

static long private_kb(void)
{
	char text[8192];
	long sum = 0;
	int fd = open("/proc/self/smaps_rollup", O_RDONLY);
	ssize_t bytes = read(fd, text, sizeof(text) - 1);

	close(fd);
	text[bytes > 0 ? bytes : 0] = 0;
	for (const char *p = text; (p = strstr(p, "Private_")); p++) {
		if (!strncmp(p, "Private_Clean:", 14) || !strncmp(p, "Private_Dirty:", 14))
			sum += atol(p + 14);
	}
	return sum;
}

static uint32_t largest = 80;

APART static void *make(void)
{
	void *block = malloc((any(largest / 16) + 1) * 16);

	need(block != NULL, "allocation");
	return block;
}

int main(int argc, char **argv)
{
	uint32_t count = argc > 1 ? (uint32_t)atol(argv[1]) : 10000;
	void **blocks;

	if (argc > 2)
		largest = (uint32_t)atol(argv[2]);
	blocks = mmap(NULL, count * sizeof(void *), PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	need(blocks != MAP_FAILED, "mmap");
	free(make());
	say("none=%ld\n", private_kb());
	for (uint32_t i = 0; i < count; i++) {
		blocks[i] = make();
		if (count >= 10000 && i % (count / SAMPLES) == count / SAMPLES - 1 && i > count / 8)
			say("growing=%u %ld\n", i + 1, private_kb());
	}
	say("full=%ld\n", private_kb());
	for (uint32_t i = 0; i < count; i++) {
		uint32_t at = any(count);

		free(blocks[at]);
		blocks[at] = make();
	}
	say("steady=%ld\n", private_kb());
	return 0;
}
