/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/oom.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The number behind @word at the beginning of a line of @path. */
static uint64_t read_word(const char *path, const char *word)
{
	unsigned long long value = 0;
	size_t length = strlen(word);
	char line[256];
	FILE *f = fopen(path, "re");

	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f)) {
		if (strncmp(line, word, length) == 0 && line[length] == ' ' &&
		    sscanf(line + length, "%llu", &value) == 1)
			break;
	}
	fclose(f);
	return value;
}

/* The directory of our control group, as version 2 of the hierarchy has it. */
static bool find_group(char *path, size_t size)
{
	char line[PATH_MAX];
	bool found = false;
	FILE *f = fopen("/proc/self/cgroup", "re");

	if (!f)
		return false;
	while (!found && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		if (strncmp(line, "0::", 3) == 0)
			found = (size_t)snprintf(path, size, "/sys/fs/cgroup%s/memory.events",
						 line + 3) < size;
	}
	fclose(f);
	return found;
}

struct oom oom_read(void)
{
	char path[PATH_MAX + 64];
	struct oom oom = { 0, read_word("/proc/vmstat", "oom_kill") };

	if (find_group(path, sizeof(path)))
		oom.group_kills = read_word(path, "oom_kill");
	return oom;
}
