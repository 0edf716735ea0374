/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Holds memory and says how large the process is.
 *
 *   held blocks COUNT   COUNT blocks of 16 to 80 bytes.  Prints "growing BLOCKS WORST" on the way,
 *                       the largest RSS since the line before; "full BLOCKS RSS" when all are
 *                       there; "steady BLOCKS RSS" after as many frees and allocations at random
 *   held sites COUNT    one block at a time, from COUNT stacks of depth 20: "sites COUNT RSS"
 *
 * KiB everywhere.  What it needs itself is mapped and touched before it begins.
 */
#define _GNU_SOURCE
#include "stacks.h"
#include "touched.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define FIRST_SAMPLE 10000

static void say(const char *what, uint64_t count, long kib)
{
	char line[128];
	int length = snprintf(line, sizeof(line), "%s %llu %ld\n", what, (unsigned long long)count,
			      kib);

	if (write(STDOUT_FILENO, line, (size_t)length) != length)
		exit(1);
}

static long field_of(const char *path, const char *name)
{
	static char text[16384];
	int fd = open(path, O_RDONLY);
	ssize_t bytes = read(fd, text, sizeof(text) - 1);
	const char *found;

	close(fd);
	text[bytes > 0 ? bytes : 0] = 0;
	found = strstr(text, name);
	return found ? atol(found + strlen(name)) : -1;
}

/* Adds the pages up, where /proc/self/status may be behind by some. */
static long rss(void)
{
	return field_of("/proc/self/smaps_rollup", "\nRss:");
}

/* The largest since the last call */
static long worst_rss(void)
{
	long worst = field_of("/proc/self/status", "\nVmHWM:"), now = rss();
	int fd = open("/proc/self/clear_refs", O_WRONLY);

	if (fd >= 0) {
		if (write(fd, "5", 1) != 1)
			worst = now;
		close(fd);
	}
	return worst > now ? worst : now;
}

static size_t any_size(struct dice *dice)
{
	return 16 + 16 * (throw_dice(dice) >> 40) % 80;
}

static void hold_blocks(uint64_t count)
{
	void **blocks = touched(count * sizeof(*blocks) + 1);
	struct dice dice = { mix(1) };
	uint64_t next = FIRST_SAMPLE;

	for (uint64_t i = 0; i < count; i++) {
		blocks[i] = allocate(10, 0, any_size(&dice));
		if (i + 1 == next) {
			say("growing", i + 1, worst_rss());
			next += next / 16;
		}
	}
	say("full", count, rss());
	for (uint64_t i = 0; i < count; i++) {
		uint64_t at = (throw_dice(&dice) >> 20) % count;

		free(blocks[at]);
		blocks[at] = allocate(10, 0, any_size(&dice));
	}
	say("steady", count, rss());
}

static void hold_sites(uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		free(allocate(20 - FRAMES_OF_MAIN - 1, mix(i), 64));
	say("sites", count, rss());
}

int main(int argc, char **argv)
{
	uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;

	if (argc != 3)
		return 2;
	if (!strcmp(argv[1], "blocks"))
		hold_blocks(count);
	else
		hold_sites(count);
	return 0;
}
