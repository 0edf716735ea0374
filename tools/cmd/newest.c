/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cmd/newest.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "run/recording.h"

#define EXEC_NS 1000000000ull /* at most from the end of a recording to that of the next program */

struct candidate {
	struct recording recording;
	uint64_t changed_ns;
	size_t number;
};

/* What cannot be read began when it was last written: the command that opens it says why. */
static bool read_candidate(struct candidate *c, const char *path)
{
	struct stat st;

	if (stat(path, &st) || !S_ISREG(st.st_mode))
		return false;
	c->changed_ns = (uint64_t)st.st_mtim.tv_sec * 1000000000u + (uint64_t)st.st_mtim.tv_nsec;
	if (recording_read(&c->recording, path)) {
		memset(&c->recording.header, 0, sizeof(c->recording.header));
		c->recording.header.start_unix_ns = c->changed_ns;
	}
	return (size_t)snprintf(c->recording.path, sizeof(c->recording.path), "%s", path) <
	       sizeof(c->recording.path);
}

static uint64_t start_of(const struct candidate *c)
{
	return c->recording.header.start_unix_ns;
}

static size_t directory_bytes(const struct candidate *c)
{
	const char *slash = strrchr(c->recording.path, '/');

	return slash ? (size_t)(slash - c->recording.path) : 0;
}

static bool is_beside(const struct candidate *a, const struct candidate *b)
{
	size_t bytes = directory_bytes(a);

	return bytes == directory_bytes(b) && !strncmp(a->recording.path, b->recording.path, bytes);
}

/* Whether @child is a child of that program, or the program that it became. */
static bool came_of(const struct candidate *child, const struct candidate *parent)
{
	const struct tide_header *c = &child->recording.header, *p = &parent->recording.header;

	return p->pid && (p->pid == c->parent_pid || p->pid == c->pid) &&
	       p->start_unix_ns < c->start_unix_ns &&
	       (!p->end_us || c->start_unix_ns <= p->start_unix_ns + p->end_us * 1000 + EXEC_NS);
}

/* Beside each other may lie many runs; a directory that run has named holds nothing else. */
static bool is_of_one_run(const struct candidate *c)
{
	return directory_bytes(c) && !strncmp(c->recording.path, "tidemark.", 9);
}

static const struct candidate *first_of_run(const struct candidate *all, size_t count,
					    const struct candidate *last)
{
	const struct candidate *first = last;
	size_t i = 0;

	while (i < count) {
		bool is_before = is_beside(&all[i], first) &&
				 (is_of_one_run(first) ? start_of(&all[i]) < start_of(first)
						       : came_of(first, &all[i]));

		if (is_before)
			first = &all[i];
		i = is_before ? 0 : i + 1;
	}
	return first;
}

/* Looks at one process differ in age alone. */
static bool is_better(const struct candidate *a, const struct candidate *b)
{
	const struct recording *x = &a->recording, *y = &b->recording;

	if (x->header.pid == y->header.pid && start_of(a) == start_of(b) &&
	    x->header.pulse.peak_bytes == y->header.pulse.peak_bytes)
		return a->changed_ns > b->changed_ns;
	return recording_is_larger(x, y);
}

static const struct candidate *choose(const struct candidate *all, size_t count)
{
	const struct candidate *last = all, *first, *best;
	size_t i;

	for (i = 1; i < count; i++)
		if (start_of(&all[i]) > start_of(last))
			last = &all[i];
	best = first = first_of_run(all, count, last);
	for (i = 0; i < count; i++)
		if (&all[i] != best && is_beside(&all[i], first) &&
		    start_of(&all[i]) >= start_of(first) && is_better(&all[i], best))
			best = &all[i];
	return best;
}

size_t newest_of(char *const *paths, size_t count)
{
	struct candidate *all = calloc(count + 1, sizeof(*all));
	size_t used = 0, found = count, i;

	for (i = 0; all && i < count; i++) {
		all[used].number = i;
		if (read_candidate(&all[used], paths[i]))
			used++;
	}
	if (used)
		found = choose(all, used)->number;
	free(all);
	return found;
}
