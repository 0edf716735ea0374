/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/harvest.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "run/move.h"

#define SUFFIX	    ".tide"
#define NAMES_TRIED 1000

static int add(struct harvest *h, const char *path)
{
	struct recording *items;

	/* One more than a power of two at a time is enough of a policy. */
	if ((h->count & (h->count - 1)) == 0) {
		size_t room = h->count ? h->count * 2 : 1;

		items = realloc(h->items, room * sizeof(*items));
		if (!items)
			return -ENOMEM;
		h->items = items;
	}
	if (recording_read(&h->items[h->count], path) == 0)
		h->count++;
	return 0;
}

int harvest_collect(struct harvest *h, const char *live, struct err *e)
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *d = opendir(live);
	int ret = 0;

	memset(h, 0, sizeof(*h));
	if (!d)
		return err_errno(e, -errno, "%s", live);
	while (ret == 0 && (entry = readdir(d))) {
		if (entry->d_name[0] == '.' || (size_t)snprintf(path, sizeof(path), "%s/%s", live,
								entry->d_name) >= sizeof(path))
			continue;
		ret = add(h, path);
	}
	closedir(d);
	h->running = calloc(h->count + 1, sizeof(*h->running));
	if (ret < 0 || !h->running)
		return err_set(e, -ENOMEM, "out of memory; the recordings are in %s", live);
	if (h->count)
		qsort(h->items, h->count, sizeof(*h->items), recording_by_start);
	return 0;
}

static bool has_successor(const struct harvest *h, size_t at)
{
	for (size_t i = at + 1; i < h->count; i++) {
		if (h->items[i].header.pid == h->items[at].header.pid)
			return true;
	}
	return false;
}

static void settle_one(struct harvest *h, size_t at, const struct ending *end)
{
	struct recording *r = &h->items[at];
	bool succeeded = has_successor(h, at);

	if (!succeeded && recording_is_alive(r)) {
		h->running[at] = true;
		return;
	}
	h->ended++;
	/* It may have written its own end since it was first read. */
	recording_read(r, r->path);
	if (h->count == 1 && !r->header.rss_peak_bytes)
		r->header.rss_peak_bytes = end->rss_peak_bytes;
	if (succeeded)
		recording_settle(r, TIDE_EXECED, 0);
	else
		recording_settle(r, TIDE_DIED, (pid_t)r->header.pid == end->pid ? end->signo : 0);
}

void harvest_settle(struct harvest *h, const struct ending *end)
{
	for (size_t i = 0; i < h->count; i++)
		settle_one(h, i, end);
}

/* "dir/program.pid.tide" is "program", whatever dots that has; the library names files so. */
static void program_of(const struct recording *r, char *name, size_t size)
{
	const char *base = strrchr(r->path, '/');
	char tail[32];
	char *at;

	snprintf(name, size, "%s", base ? base + 1 : r->path);
	snprintf(tail, sizeof(tail), ".%u.", r->header.pid);
	for (at = strstr(name, tail); at && strstr(at + 1, tail);)
		at = strstr(at + 1, tail);
	if (at)
		*at = 0;
}

/* @name without its suffix. */
static void strip_suffix(char *name)
{
	size_t n = strlen(name);

	if (n > strlen(SUFFIX) && strcmp(name + n - strlen(SUFFIX), SUFFIX) == 0)
		name[n - strlen(SUFFIX)] = 0;
}

/* @name the @nth time: "a.tide", "a.2.tide", "a.3.tide". */
static int numbered(char *out, const char *name, int nth)
{
	char stem[PATH_MAX];
	const char *suffix;
	int n;

	if (nth == 1)
		return snprintf(out, PATH_MAX, "%s", name) < PATH_MAX ? 0 : -ENAMETOOLONG;
	snprintf(stem, sizeof(stem), "%s", name);
	strip_suffix(stem);
	suffix = strlen(stem) < strlen(name) ? SUFFIX : "";
	n = snprintf(out, PATH_MAX, "%s.%d%s", stem, nth, suffix);
	return n < PATH_MAX ? 0 : -ENAMETOOLONG;
}

/* Does one of the first @count recordings, moved already, have this name? */
static bool is_ours(const struct harvest *h, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (!h->running[i] && strcmp(h->items[i].path, name) == 0)
			return true;
	}
	return false;
}

/*
 * Moves the recording at @at to @name, or to the next number that is free.  What an earlier run has
 * left under that name may be replaced, what this one has moved there may not: exec keeps the pid.
 */
static int move_one(struct harvest *h, size_t at, const char *name, bool replace)
{
	struct recording *r = &h->items[at];
	char target[PATH_MAX];
	int ret = -EEXIST;

	for (int nth = 1; ret == -EEXIST && nth <= NAMES_TRIED; nth++) {
		ret = numbered(target, name, nth);
		if (ret == 0 && nth == 1 && replace && !is_ours(h, at, target))
			move_away(target);
		if (ret == 0)
			ret = move_file(r->path, target);
	}
	if (ret == 0)
		strcpy(r->path, target);
	return ret;
}

static int make_directory(struct harvest *h, const char *name)
{
	char stem[PATH_MAX];
	int ret = -EEXIST;

	snprintf(stem, sizeof(stem), "%s", name);
	strip_suffix(stem);
	for (int nth = 1; ret == -EEXIST && nth <= NAMES_TRIED; nth++) {
		ret = numbered(h->directory, stem, nth);
		if (ret == 0 && mkdir(h->directory, 0700) != 0)
			ret = -errno;
	}
	if (ret)
		h->directory[0] = 0;
	return ret;
}

static int name_in_directory(char *name, const struct harvest *h, const struct recording *r)
{
	const char *base = strrchr(r->path, '/');
	int n = snprintf(name, PATH_MAX, "%s%s", h->directory, base ? base : r->path);

	return n < PATH_MAX ? 0 : -ENAMETOOLONG;
}

static int name_for(char *name, const struct harvest *h, const struct place *p, size_t at,
		    const char *program, pid_t pid)
{
	const struct recording *r = &h->items[at];
	char own[256];

	if (*h->directory)
		return name_in_directory(name, h, r);
	program_of(r, own, sizeof(own));
	return place_fill(name, PATH_MAX, p->pattern, h->count == 1 ? program : own,
			  h->count == 1 ? pid : (pid_t)r->header.pid);
}

int harvest_move(struct harvest *h, const struct place *p, const char *program, pid_t pid,
		 struct err *e)
{
	char name[PATH_MAX];
	int first_error = 0;
	int ret;

	if (h->count > 1 && !(p->asked && place_is_per_process(p->pattern))) {
		ret = place_fill(name, sizeof(name), p->pattern, program, pid);
		if (ret == 0)
			ret = make_directory(h, name);
		if (ret < 0)
			return err_errno(e, ret,
					 "no directory for the recordings, which stay in "
					 "%s",
					 p->live);
	}
	for (size_t i = 0; i < h->count; i++) {
		if (h->running[i])
			continue;
		ret = name_for(name, h, p, i, program, pid);
		if (ret == 0)
			ret = move_one(h, i, name, p->asked);
		if (ret < 0 && !first_error)
			first_error = err_errno(e, ret, "%s stays where it is", h->items[i].path);
	}
	return first_error;
}

bool harvest_is_empty(const struct harvest *h)
{
	for (size_t i = 0; i < h->count; i++) {
		/* Site 0 is always there. */
		if (h->running[i] || h->items[i].header.sites > 1)
			return false;
	}
	return true;
}

void harvest_free(struct harvest *h)
{
	free(h->items);
	free(h->running);
	memset(h, 0, sizeof(*h));
}

const struct recording *harvest_largest(const struct harvest *h)
{
	const struct recording *best = NULL;

	for (size_t i = 0; i < h->count; i++) {
		if (h->running[i])
			continue;
		if (!best || recording_is_larger(&h->items[i], best))
			best = &h->items[i];
	}
	return best;
}
