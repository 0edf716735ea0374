/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/place.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "run/recording.h"
#include "tidemark/profile.h"

#define LIVE_NAME "tidemark-XXXXXX"
#define MEMORY	  "/dev/shm"

/* One %-word.  Returns what it became, or NULL for one we do not know. */
static const char *piece(char what, const char *program, pid_t pid, char *room, size_t size)
{
	switch (what) {
	case 'p':
		snprintf(room, size, "%d", (int)pid);
		return room;
	case 'h':
		return gethostname(room, size) == 0 ? room : "localhost";
	case 'n':
		return program;
	case '%':
		return "%";
	default:
		return NULL;
	}
}

int place_fill(char *name, size_t size, const char *pattern, const char *program, pid_t pid)
{
	char room[256];
	size_t used = 0;

	for (; *pattern; pattern++) {
		char one[2] = { *pattern, 0 };
		const char *add = NULL;

		if (*pattern == '%' && pattern[1])
			add = piece(pattern[1], program, pid, room, sizeof(room));
		if (add)
			pattern++;
		else
			add = one;
		if (strlen(add) >= size - used)
			return -ENAMETOOLONG;
		strcpy(name + used, add);
		used += strlen(add);
	}
	name[used] = 0;
	return 0;
}

bool place_is_per_process(const char *pattern)
{
	for (; *pattern; pattern++) {
		if (*pattern == '%' && *++pattern == 'p')
			return true;
		if (!*pattern)
			break;
	}
	return false;
}

/* The directory part of the pattern must stand as it is: a process number in it comes too late. */
static int find_directory(struct place *p, struct err *e)
{
	char *slash;

	strcpy(p->directory, p->pattern);
	slash = strrchr(p->directory, '/');
	if (!slash)
		strcpy(p->directory, ".");
	else
		slash[slash == p->directory ? 1 : 0] = 0;
	if (strchr(p->directory, '%'))
		return err_set(e, -EINVAL,
			       "-o %s has a %% in its directory; only the last part of "
			       "the name may have one",
			       p->pattern);
	if (access(p->directory, W_OK | X_OK) == 0)
		return 0;
	if (errno == ENOENT)
		return err_set(e, -ENOENT, "the directory %s does not exist; make it first",
			       p->directory);
	return err_errno(e, -errno,
			 "no recording can be written to %s; choose another place with "
			 "-o",
			 p->directory);
}

/* A name without %-words may be taken already, by something that is not ours to remove. */
static int check_free(const struct place *p, struct err *e)
{
	struct recording old;
	struct stat st;

	if (strchr(p->pattern, '%') || lstat(p->pattern, &st) != 0)
		return 0;
	if (S_ISREG(st.st_mode) && (st.st_size == 0 || recording_read(&old, p->pattern) == 0))
		return 0;
	return err_set(e, -EEXIST, "%s exists and is not a recording; choose another name with -o",
		       p->pattern);
}

int place_open(struct place *p, const char *asked, struct err *e)
{
	const char *pattern = asked ? asked : TIDE_OUTPUT_DEFAULT;
	struct stat st;
	bool below = false;
	int n;

	memset(p, 0, sizeof(*p));
	if (asked && !*asked)
		return err_set(e, -EINVAL, "-o needs a name");
	p->asked = asked != NULL;
	if (asked)
		below = asked[strlen(asked) - 1] == '/' ||
			(stat(asked, &st) == 0 && S_ISDIR(st.st_mode));
	if (below)
		p->asked = false;
	n = snprintf(p->pattern, sizeof(p->pattern), "%s%s%s", pattern, below ? "/" : "",
		     below ? TIDE_OUTPUT_DEFAULT : "");
	if (n < 0 || (size_t)n >= sizeof(p->pattern) - 16)
		return err_set(e, -ENAMETOOLONG, "the name given with -o is too long");
	n = find_directory(p, e);
	return n ? n : check_free(p, e);
}

static bool memory_has_room(uint64_t need_bytes)
{
	struct statfs fs;

	if (statfs(MEMORY, &fs) != 0 || fs.f_type != TMPFS_MAGIC || access(MEMORY, W_OK) != 0)
		return false;
	return (uint64_t)fs.f_bavail * (uint64_t)fs.f_bsize >= need_bytes;
}

/* Absolute, for the program may change its directory before it opens the file. */
static int make_live(struct place *p, const char *parent, struct err *e)
{
	char *full = realpath(parent, NULL);
	int n;

	if (!full)
		return err_errno(e, -errno, "%s", parent);
	n = snprintf(p->live, sizeof(p->live), "%s/" LIVE_NAME, full);
	free(full);
	if (n < 0 || (size_t)n >= sizeof(p->live) || strpbrk(p->live, "%")) {
		p->live[0] = 0;
		return err_set(e, -EINVAL,
			       "the path of %s is too long or has a %%; choose another "
			       "with --live-dir",
			       parent);
	}
	if (!mkdtemp(p->live)) {
		p->live[0] = 0;
		return err_errno(e, -errno,
				 "no directory can be made in %s; choose another with "
				 "--live-dir",
				 parent);
	}
	return 0;
}

int place_live(struct place *p, const char *asked, uint64_t need_bytes, struct err *e)
{
	if (asked)
		return make_live(p, asked, e);
	if (memory_has_room(need_bytes) && make_live(p, MEMORY, e) == 0)
		return 0;
	return make_live(p, p->directory, e);
}

void place_close(struct place *p)
{
	if (*p->live)
		rmdir(p->live);
	p->live[0] = 0;
}
