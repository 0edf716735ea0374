/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proc/smaps.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/vec.h"
#include "proc/read.h"

/* "Pss:    296 kB" gives "Pss" and 303104; false for a line of another kind. */
static bool field(const char *line, size_t *name_bytes, uint64_t *bytes)
{
	const char *colon = strchr(line, ':');
	char *end;

	if (!colon)
		return false;
	*name_bytes = (size_t)(colon - line);
	*bytes = strtoull(colon + 1, &end, 10) * 1024;
	return end != colon + 1;
}

static bool is_named(const char *line, size_t bytes, const char *name)
{
	return strlen(name) == bytes && !memcmp(line, name, bytes);
}

static void add_share(const char *line, struct proc_share *s)
{
	uint64_t bytes;
	size_t n;

	if (!field(line, &n, &bytes))
		return;
	if (!strncmp(line, "Private_", 8))
		s->uss += bytes;
	else if (is_named(line, n, "Pss"))
		s->pss += bytes;
	else if (is_named(line, n, "Swap"))
		s->swap += bytes;
}

/* Ends the line at @at with NUL and returns the next one. */
static char *cut_line(char *at)
{
	char *end = strchr(at, '\n');

	if (!end)
		return at + strlen(at);
	*end = 0;
	return end + 1;
}

int proc_share_read(pid_t pid, struct proc_share *s)
{
	struct buf text = { 0 };
	char *at, *next;
	int ret = proc_read(pid, "smaps_rollup", &text);

	*s = (struct proc_share){ 0 };
	/* Before Linux 4.14 the sum is ours to make. */
	if (ret == -ESRCH)
		ret = proc_read(pid, "smaps", &text);
	if (ret == 0 && !text.bytes)
		ret = -ESRCH;
	for (at = text.data; ret == 0 && *at; at = next) {
		next = cut_line(at);
		add_share(at, s);
	}
	buf_free(&text);
	return ret;
}

/* "55d0-55e0 r--p 00000000 fd:01 42     /usr/bin/x"; false for anything else. */
static bool parse_head(const char *line, struct proc_map *map, const char **path)
{
	unsigned long long first, last;
	int path_at = 0;

	if (sscanf(line, "%llx-%llx %7s %*s %*s %*s %n", &first, &last, map->perms, &path_at) < 3 ||
	    !path_at)
		return false;
	map->first = first;
	map->last = last;
	map->mappings = 1;
	*path = line[path_at] ? line + path_at : "[anon]";
	return true;
}

/* The kernel's mark goes, unless a file really bears it. */
static char *copy_path(const char *path)
{
	static const char mark[] = " (deleted)";
	char *copy = strdup(path);
	size_t n = copy ? strlen(copy) : 0;

	if (n > sizeof(mark) - 1 && !strcmp(copy + n - (sizeof(mark) - 1), mark) &&
	    access(copy, F_OK) != 0)
		copy[n - (sizeof(mark) - 1)] = 0;
	return copy;
}

static void set_field(const char *line, struct proc_map *map)
{
	const struct {
		const char *name;
		uint64_t *to;
	} fields[] = {
		{ "Rss", &map->rss },
		{ "Size", &map->size },
		{ "Pss", &map->pss },
		{ "Shared_Clean", &map->shared_clean },
		{ "Shared_Dirty", &map->shared_dirty },
		{ "Private_Clean", &map->private_clean },
		{ "Private_Dirty", &map->private_dirty },
		{ "Referenced", &map->referenced },
		{ "Anonymous", &map->anonymous },
		{ "Swap", &map->swap },
	};
	uint64_t bytes;
	size_t n, i;

	if (!field(line, &n, &bytes))
		return;
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (is_named(line, n, fields[i].name))
			*fields[i].to = bytes;
	}
}

/* "VmFlags: rd wr mr mw me ac sd dd": two letters for each. */
static bool set_flags(const char *line, struct proc_map *map)
{
	if (strncmp(line, "VmFlags:", 8) != 0)
		return false;
	map->nodump = strstr(line + 8, " dd") != NULL;
	return true;
}

static void add_map(struct proc_map *to, const struct proc_map *what)
{
	to->rss += what->rss;
	to->size += what->size;
	to->pss += what->pss;
	to->shared_clean += what->shared_clean;
	to->shared_dirty += what->shared_dirty;
	to->private_clean += what->private_clean;
	to->private_dirty += what->private_dirty;
	to->referenced += what->referenced;
	to->anonymous += what->anonymous;
	to->swap += what->swap;
	to->mappings += what->mappings;
}

static int add_head(struct proc_maps *m, struct proc_map *map, const char *path)
{
	int ret = VEC_ROOM(m->list, m->room, m->count + 1);

	if (ret)
		return ret;
	map->path = copy_path(path);
	if (!map->path)
		return -ENOMEM;
	m->list[m->count++] = *map;
	return 0;
}

static int parse(char *text, struct proc_maps *m)
{
	struct proc_map map;
	const char *path;
	char *next;
	int ret = 0;

	for (; ret == 0 && *text; text = next) {
		next = cut_line(text);
		map = (struct proc_map){ 0 };
		if (parse_head(text, &map, &path))
			ret = add_head(m, &map, path);
		else if (m->count && set_flags(text, &m->list[m->count - 1]))
			m->has_flags = true;
		else if (m->count)
			set_field(text, &m->list[m->count - 1]);
	}
	return ret;
}

/* Hundreds of mappings, tens of paths: looking through is quick enough. */
static void group(struct proc_maps *m)
{
	size_t from, to, count = 0;

	for (from = 0; from < m->count; from++) {
		for (to = 0; to < count && strcmp(m->list[to].path, m->list[from].path);)
			to++;
		if (to == count) {
			m->list[count++] = m->list[from];
			continue;
		}
		add_map(&m->list[to], &m->list[from]);
		free(m->list[from].path);
	}
	m->count = count;
}

int proc_maps_read(pid_t pid, bool grouped, struct proc_maps *m)
{
	struct buf text = { 0 };
	int ret = proc_read(pid, "smaps", &text);

	*m = (struct proc_maps){ 0 };
	if (ret == 0 && text.bytes)
		ret = parse(text.data, m);
	if (ret == 0 && grouped)
		group(m);
	buf_free(&text);
	if (ret < 0)
		proc_maps_free(m);
	return ret;
}

void proc_maps_free(struct proc_maps *m)
{
	for (size_t i = 0; i < m->count; i++)
		free(m->list[i].path);
	free(m->list);
	*m = (struct proc_maps){ 0 };
}
