/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Closes descriptors that are not its own and opens files, which must then hold what was written
 * and nothing else.  usage: descriptors MODE DIRECTORY; modes: each, closefrom, reuse, list
 */
#define _GNU_SOURCE
#include "victim.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define FILES 12

static void *kept[100000];

APART static void keep(int from, int count)
{
	for (int i = from; i < from + count; i++)
		kept[i] = malloc(64 + (size_t)i % 512);
}

/* Many stacks, so that the recording must grow. */
APART static void keep_deep(int depth, int from, int count)
{
	if (depth)
		keep_deep(depth - 1, from, count);
	else
		keep(from, count);
	HERE();
}

static void close_each(void)
{
	for (int fd = 3; fd < 20000; fd++)
		close(fd);
}

static void write_files(const char *directory)
{
	char path[4096];

	for (int i = 0; i < FILES; i++) {
		int fd;

		snprintf(path, sizeof(path), "%s/file-%d", directory, i);
		fd = open(path, O_CREAT | O_TRUNC | O_RDWR, 0600);
		need(fd == 3 + i, "the lowest descriptors free");
		for (int line = 0; line < 100; line++)
			need(write(fd, "0123456789abcde\n", 16) == 16, "write");
	}
}

static void check_files(const char *directory)
{
	char path[4096], text[1601];
	int wrong = 0;

	for (int i = 0; i < FILES; i++) {
		int fd;

		snprintf(path, sizeof(path), "%s/file-%d", directory, i);
		fd = open(path, O_RDONLY);
		wrong += read(fd, text, sizeof(text)) != 1600;
		for (int line = 0; line < 100; line++)
			wrong += memcmp(text + line * 16, "0123456789abcde\n", 16) != 0;
		close(fd);
	}
	say("wrong_files=%d\n", wrong);
}

/* Without opendir, which allocates. */
static void list(void)
{
	struct stat about;

	for (int fd = 0; fd < 20000; fd++) {
		if (!fstat(fd, &about))
			say("open=%d\n", fd);
	}
}

int main(int argc, char **argv)
{
	const char *mode = argc > 2 ? argv[1] : "list";

	keep(0, 100);
	if (!strcmp(mode, "list")) {
		list();
		return 0;
	}
	if (!strcmp(mode, "each"))
		close_each();
	else if (!strcmp(mode, "closefrom"))
		closefrom(3);
	else
		syscall(SYS_close_range, 3, ~0u, 0);
	write_files(argv[2]);
	for (int depth = 0; depth < 100; depth++)
		keep_deep(depth, 100 + depth * 500, 500);
	check_files(argv[2]);
	say("live_blocks=%d\n", 100 + 50000);
	return 0;
}
