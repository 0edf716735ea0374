/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cmd/check/rerun.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"

/* As much as `tidemark run` wants for recordings that are being written. */
#define ROOM_BYTES  (256ull << 20)
#define NAMES_TRIED 1000
#define WORDS_OWN   8

static int make_kept(struct rerun *r, const char *keep, const char *program, struct err *e)
{
	int nth, bytes, err = -EEXIST;
	size_t stem;

	r->keep = true;
	if (mkdir(keep, 0777) && errno != EEXIST)
		return err_errno(e, -errno, "-o %s", keep);
	bytes = snprintf(r->directory, sizeof(r->directory), "%s/%s.%d", keep, program,
			 (int)getpid());
	if (bytes >= (int)sizeof(r->directory) - 64)
		return err_set(e, -ENAMETOOLONG, "-o %s: the name is too long", keep);
	stem = (size_t)bytes;
	/* A pid comes back some day. */
	for (nth = 1; err == -EEXIST && nth <= NAMES_TRIED; nth++) {
		if (nth > 1)
			snprintf(r->directory + stem, sizeof(r->directory) - stem, ".%d", nth);
		err = mkdir(r->directory, 0777) ? -errno : 0;
	}
	return err ? err_errno(e, err, "-o %s", keep) : 0;
}

static int make_own(struct rerun *r, struct err *e)
{
	const char *tmp = getenv("TMPDIR");

	tmp = tmp && *tmp ? tmp : "/tmp";
	if (snprintf(r->directory, sizeof(r->directory), "%s/tidemark-check-XXXXXX", tmp) >=
	    (int)sizeof(r->directory) - 32)
		return err_set(e, -ENAMETOOLONG, "TMPDIR is too long");
	if (!mkdtemp(r->directory)) {
		r->directory[0] = '\0';
		return err_errno(e, -errno,
				 "no directory for the recordings in %s; choose another with "
				 "-o or TMPDIR",
				 tmp);
	}
	return 0;
}

static uint64_t nothing(void *argument)
{
	(void)argument;
	return 1000000;
}

/* tidemark run -q -o … --live-dir … OPTIONS -- PROGRAM ARGUMENTS */
static char **make_words(const struct rerun *r, char **argv, const struct opt_list *options,
			 char *pattern, size_t pattern_bytes)
{
	size_t count = 0, n = 0;
	char **words;
	unsigned i;

	while (argv[count])
		count++;
	words = calloc(WORDS_OWN + options->count + count + 1, sizeof(*words));
	if (!words)
		return NULL;
	snprintf(pattern, pattern_bytes, "%s/%%n.%%p.tide", r->directory);
	words[n++] = (char *)"tidemark";
	words[n++] = (char *)"run";
	words[n++] = (char *)"-q";
	words[n++] = (char *)"-o";
	words[n++] = pattern;
	words[n++] = (char *)"--live-dir";
	words[n++] = (char *)r->place.live;
	for (i = 0; i < options->count; i++)
		words[n++] = (char *)options->items[i];
	words[n++] = (char *)"--";
	memcpy(words + n, argv, count * sizeof(*words));
	return words;
}

int rerun_start(struct rerun *r, char **argv, const char *keep, const struct opt_list *options,
		struct err *e)
{
	static const struct launch_variable none[] = { { NULL, NULL } };
	char pattern[PATH_MAX + 32], **words;
	int err;

	memset(r, 0, sizeof(*r));
	err = keep ? make_kept(r, keep, util_basename(argv[0]), e) : make_own(r, e);
	if (!err && strchr(r->directory, '%'))
		err = err_set(e, -EINVAL,
			      "%s: a directory with a %% in its name; choose another "
			      "with -o or TMPDIR",
			      r->directory);
	if (!err) {
		snprintf(pattern, sizeof(pattern), "%s/", r->directory);
		err = place_open(&r->place, pattern, e);
	}
	if (!err)
		err = place_live(&r->place, NULL, ROOM_BYTES, e);
	words = err ? NULL : make_words(r, argv, options, pattern, sizeof(pattern));
	if (!err && !words)
		err = err_set(e, -ENOMEM, "not enough memory to start the program");
	if (!err)
		err = launch_start(&r->launch, "/proc/self/exe", words, none, e);
	if (!err)
		launch_wait(&r->launch, nothing, NULL);
	free(words);
	return err;
}

static size_t count_below(const char *directory, int depth)
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *d = opendir(directory);
	size_t found = 0;

	while (d && (entry = readdir(d))) {
		if (entry->d_name[0] == '.')
			continue;
		if (!depth) {
			found++;
			continue;
		}
		if (snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name) <
		    (int)sizeof(path))
			found += count_below(path, depth - 1);
	}
	if (d)
		closedir(d);
	return found;
}

size_t rerun_running(const struct rerun *r)
{
	return count_below(r->place.live, 1);
}

static void remove_files(const char *directory)
{
	struct dirent *entry;
	DIR *d = opendir(directory);

	while (d && (entry = readdir(d)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			unlinkat(dirfd(d), entry->d_name, 0);
	if (d)
		closedir(d);
	rmdir(directory);
}

void rerun_close(struct rerun *r)
{
	place_close(&r->place);
	if (!r->keep && r->directory[0])
		remove_files(r->directory);
	r->directory[0] = '\0';
}
