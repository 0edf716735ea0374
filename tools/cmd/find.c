/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cmd/find.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/vec.h"
#include "cmd/cmd.h"
#include "cmd/live.h"
#include "cmd/newest.h"

static bool ends_in_tide(const char *name)
{
	size_t bytes = strlen(name);

	return bytes > 5 && !strcmp(name + bytes - 5, ".tide");
}

static int append(struct find_list *list, char *path)
{
	int err = path ? VEC_ROOM(list->paths, list->room, list->count + 1) : -ENOMEM;

	if (err)
		free(path);
	else
		list->paths[list->count++] = path;
	return err;
}

static int compare(const void *one, const void *two)
{
	return strcmp(*(char *const *)one, *(char *const *)two);
}

static int add_directory(struct find_list *list, const char *path)
{
	size_t before = list->count;
	size_t bytes = strlen(path);
	struct dirent *entry;
	char *name;
	DIR *directory;
	int err = 0;

	while (bytes && path[bytes - 1] == '/')
		bytes--;
	directory = opendir(path);
	if (!directory)
		return -errno;
	while (!err && (entry = readdir(directory))) {
		if (!ends_in_tide(entry->d_name))
			continue;
		if (asprintf(&name, "%.*s/%s", (int)bytes, path, entry->d_name) < 0)
			name = NULL;
		err = append(list, name);
	}
	closedir(directory);
	if (list->count > before)
		qsort(list->paths + before, list->count - before, sizeof(*list->paths), compare);
	return err;
}

int find_recordings(struct find_list *list, const char *path)
{
	size_t before = list->count;
	struct stat stat_of;
	int err;

	if (stat(path, &stat_of) || !S_ISDIR(stat_of.st_mode))
		return append(list, strdup(path));
	err = add_directory(list, path);
	return err ? err : list->count == before ? -ENOENT : 0;
}

/* Here, and in the directories here: of several processes run makes one. */
static int add_candidates(struct find_list *list)
{
	struct dirent *entry;
	DIR *here = opendir(".");
	int err = 0;

	if (!here)
		return -errno;
	while (!err && (entry = readdir(here))) {
		if (ends_in_tide(entry->d_name))
			err = append(list, strdup(entry->d_name));
		else if (*entry->d_name != '.')
			add_directory(list, entry->d_name);
	}
	closedir(here);
	return err;
}

int find_newest(struct find_list *list)
{
	struct find_list all = { 0 };
	int err = add_candidates(&all);
	size_t found;

	if (!err) {
		found = newest_of(all.paths, all.count);
		err = found < all.count ? append(list, strdup(all.paths[found])) : -ENOENT;
	}
	find_free(&all);
	return err;
}

/* What records at this moment could be what was meant. */
static void say_none(void)
{
	struct buf recorded = { 0 };
	pid_t first = live_list(&recorded);

	if (first)
		cmd_say("no recording here, nor in a directory here (*.tide); being recorded "
			"now: %s; tidemark report %d tells of it",
			buf_text(&recorded), (int)first);
	else
		cmd_say("no recording here, nor in a directory here (*.tide); tidemark run -- "
			"PROGRAM makes one");
	buf_free(&recorded);
}

int find_operand(struct find_list *list, const char *operand)
{
	char path[PATH_MAX];
	int err;

	if (live_find(operand, path))
		return EXIT_USAGE;
	err = find_recordings(list, path);
	if (err == -ENOENT)
		cmd_say("%s: no recording (*.tide) in this directory", operand);
	else if (err)
		cmd_say("%s: %s", operand, strerror(-err));
	return err ? EXIT_USAGE : EXIT_SUCCESS;
}

int find_operands(struct find_list *list, char **operands, int count)
{
	int err = count ? 0 : find_newest(list), status = EXIT_SUCCESS, i;

	if (err == -ENOENT)
		say_none();
	else if (err)
		cmd_say("looking for recordings here: %s", strerror(-err));
	for (i = 0; i < count && !status; i++)
		status = find_operand(list, operands[i]);
	return err ? EXIT_USAGE : status;
}

int find_path(struct find_list *list, const char *path)
{
	return append(list, strdup(path));
}

void find_free(struct find_list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		free(list->paths[i]);
	free(list->paths);
	*list = (struct find_list){ 0 };
}
