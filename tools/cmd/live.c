/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cmd/live.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "proc/tree.h"
#include "run/ask.h"
#include "run/recording.h"

#define LISTED_MOST 5

int live_find(const char *word, char path[PATH_MAX])
{
	bool digits = *word && !word[strspn(word, "0123456789")];
	struct err e = { .text = "" };
	int err;

	if (!digits || strlen(word) > 9 || access(word, F_OK) == 0) {
		if ((size_t)snprintf(path, PATH_MAX, "%s", word) < PATH_MAX)
			return EXIT_SUCCESS;
		cmd_say("%.40s...: the name is too long", word);
		return EXIT_USAGE;
	}
	err = ask_find(path, PATH_MAX, (pid_t)strtol(word, NULL, 10), &e);
	return err ? cmd_fail(EXIT_USAGE, &e) : EXIT_SUCCESS;
}

/* An idle program has not read its clock for a while. */
static void freshen(struct reader *r)
{
	struct tide_header *h = &r->header;
	uint64_t now_bytes, peak_bytes, now_ns;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	now_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
	if (now_ns > h->start_unix_ns && (now_ns - h->start_unix_ns) / 1000 > h->pulse.now_us)
		h->pulse.now_us = (now_ns - h->start_unix_ns) / 1000;
	if (!recording_process_rss((pid_t)h->pid, &now_bytes, &peak_bytes))
		return;
	h->rss_now_bytes = now_bytes;
	if (peak_bytes > h->rss_peak_bytes)
		h->rss_peak_bytes = peak_bytes;
}

int live_open(struct reader *r, const char *path, bool *is_alive)
{
	struct recording recording = { .path = "" };
	struct err e = { .text = "" };
	char host[256] = "";
	int err = reader_open(r, path, &e);

	if (err == -ENOENT)
		cmd_say("%s: no such recording; tidemark run -- PROGRAM makes one", path);
	else if (err)
		cmd_say("%s: %s", path, e.text);
	if (err)
		return err == -EBADMSG ? EXIT_UNREADABLE : EXIT_USAGE;
	recording.header = r->header;
	gethostname(host, sizeof(host) - 1);
	*is_alive = !strcmp(host, reader_text(r, r->header.host)) && recording_is_alive(&recording);
	if (*is_alive)
		freshen(r);
	return EXIT_SUCCESS;
}

pid_t live_list(struct buf *words)
{
	struct proc_tree all = { .count = 0 };
	char path[PATH_MAX];
	struct err e;
	pid_t first = 0;
	size_t found = 0, i;

	if (proc_tree_read(&all) < 0)
		return 0;
	for (i = 0; i < all.count && found <= LISTED_MOST; i++) {
		const struct proc_node *node = &all.list[i];

		if (node->owner != geteuid() || ask_find(path, sizeof(path), node->stat.pid, &e))
			continue;
		if (!found++)
			first = node->stat.pid;
		if (found <= LISTED_MOST)
			buf_printf(words, "%s%d (%s)", found > 1 ? ", " : "", (int)node->stat.pid,
				   node->stat.name);
		else
			buf_printf(words, " and others");
	}
	proc_tree_free(&all);
	return first;
}
