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

/*
 * What libraries have in memory and nobody writes to is private or not by what else runs on the
 * machine: it does not count.
 */
static void add_line(const char *line, int *is_code, long *sum)
{
	if (strchr(line, '-') && strchr(line, '-') < strchr(line, ' '))
		*is_code = strstr(line, ".so") || !strcmp(line + strlen(line) - 7, "/blocks");
	else if (!strncmp(line, "Private_Dirty:", 14) ||
		 (!strncmp(line, "Private_Clean:", 14) && !*is_code))
		*sum += atol(line + 14);
}

static long private_kb(void)
{
	static char text[65536];
	int fd = open("/proc/self/smaps", O_RDONLY), is_code = 0;
	size_t have = 0;
	ssize_t bytes;
	long sum = 0;

	while ((bytes = read(fd, text + have, sizeof(text) - 1 - have)) > 0) {
		char *line = text, *end;

		have += (size_t)bytes;
		text[have] = 0;
		for (; (end = strchr(line, '\n')); line = end + 1) {
			*end = 0;
			add_line(line, &is_code, &sum);
		}
		have -= (size_t)(line - text);
		memmove(text, line, have);
	}
	close(fd);
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
