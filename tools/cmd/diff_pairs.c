/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cmd/diff_pairs.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/util.h"
#include "cmd/cmd.h"
#include "cmd/show.h"
#include "reader/model.h"

struct diff_process {
	const char *path;
	char *program; /* without its directory */
	struct buf words;
	uint64_t start_unix_ns;
	uint32_t pid;
	int64_t peak_bytes;
	int64_t live_bytes;
	bool is_paired;
};

static int by_start(const void *one, const void *two)
{
	const struct diff_process *a = one, *b = two;

	if (a->start_unix_ns != b->start_unix_ns)
		return a->start_unix_ns < b->start_unix_ns ? -1 : 1;
	return strcmp(a->path, b->path);
}

static int load_one(struct diff_process *to, const char *path)
{
	struct model m;
	int status = show_load(path, &m);
	size_t i;

	if (status)
		return status;
	*to = (struct diff_process){
		.path = path,
		.program = strdup(util_basename(m.program)),
		.start_unix_ns = m.start_unix_ns,
		.pid = m.pid,
		.peak_bytes = m.peak_bytes,
		.live_bytes = m.sums.live_bytes,
	};
	/* The first is how the program was called: by another path, maybe. */
	for (i = 1; i < m.arg_count; i++)
		buf_printf(&to->words, "%s\1", m.args[i]);
	model_free(&m);
	if (to->program && !to->words.failed)
		return EXIT_SUCCESS;
	cmd_say("%s", strerror(ENOMEM));
	return EXIT_USAGE;
}

static int load_side(struct diff_pairs *p, unsigned side, const char *path)
{
	struct find_list *list = &p->lists[side];
	int status = find_operand(list, path);

	if (status)
		return status;
	p->processes[side] = calloc(list->count, sizeof(*p->processes[side]));
	if (!p->processes[side]) {
		cmd_say("%s", strerror(ENOMEM));
		return EXIT_USAGE;
	}
	for (; p->counts[side] < list->count && !status; p->counts[side]++)
		status = load_one(&p->processes[side][p->counts[side]],
				  list->paths[p->counts[side]]);
	if (!status)
		qsort(p->processes[side], p->counts[side], sizeof(*p->processes[side]), by_start);
	return status;
}

static void add(struct diff_pairs *p, struct diff_process *old, struct diff_process *new)
{
	struct view_pair *pair = &p->pairs[p->count++];

	*pair = (struct view_pair){ .program = NULL };
	if (old) {
		pair->program = old->program;
		pair->old_path = old->path;
		pair->old_pid = old->pid;
		pair->old_peak_bytes = old->peak_bytes;
		pair->old_live_bytes = old->live_bytes;
		old->is_paired = true;
	}
	if (new) {
		pair->program = new->program;
		pair->new_path = new->path;
		pair->new_pid = new->pid;
		pair->new_peak_bytes = new->peak_bytes;
		pair->new_live_bytes = new->live_bytes;
		new->is_paired = true;
	}
}

static void pair_up(struct diff_pairs *p, bool same_words)
{
	struct diff_process *old, *new;
	size_t i, j;

	for (i = 0; i < p->counts[0]; i++) {
		old = &p->processes[0][i];
		for (j = 0; j < p->counts[1] && !old->is_paired; j++) {
			new = &p->processes[1][j];
			if (!new->is_paired && !strcmp(old->program, new->program) &&
			    (!same_words || !strcmp(buf_text(&old->words), buf_text(&new->words))))
				add(p, old, new);
		}
	}
}

static uint64_t change(const struct view_pair *p)
{
	int64_t by = util_minus(p->new_peak_bytes, p->old_peak_bytes);

	return by < 0 ? 0 - (uint64_t)by : (uint64_t)by;
}

static int larger_change_first(const void *one, const void *two)
{
	const struct view_pair *a = one, *b = two;
	bool a_full = a->old_path && a->new_path, b_full = b->old_path && b->new_path;

	if (change(a) != change(b))
		return change(a) > change(b) ? -1 : 1;
	return a_full == b_full ? 0 : a_full ? -1 : 1;
}

static void pair_all(struct diff_pairs *p)
{
	size_t i;

	if (p->counts[0] == 1 && p->counts[1] == 1)
		add(p, &p->processes[0][0], &p->processes[1][0]);
	pair_up(p, true);
	pair_up(p, false);
	for (i = 0; i < p->counts[0]; i++)
		if (!p->processes[0][i].is_paired)
			add(p, &p->processes[0][i], NULL);
	for (i = 0; i < p->counts[1]; i++)
		if (!p->processes[1][i].is_paired)
			add(p, NULL, &p->processes[1][i]);
	qsort(p->pairs, p->count, sizeof(*p->pairs), larger_change_first);
}

int diff_pairs_find(struct diff_pairs *p, const char *old_path, const char *new_path)
{
	int status = load_side(p, 0, old_path);

	if (!status)
		status = load_side(p, 1, new_path);
	if (status)
		return status;
	p->pairs = calloc(p->counts[0] + p->counts[1], sizeof(*p->pairs));
	if (!p->pairs) {
		cmd_say("%s", strerror(ENOMEM));
		return EXIT_USAGE;
	}
	pair_all(p);
	return EXIT_SUCCESS;
}

void diff_pairs_free(struct diff_pairs *p)
{
	unsigned side;
	size_t i;

	for (side = 0; side < 2; side++) {
		for (i = 0; i < p->counts[side]; i++) {
			free(p->processes[side][i].program);
			buf_free(&p->processes[side][i].words);
		}
		free(p->processes[side]);
		find_free(&p->lists[side]);
	}
	free(p->pairs);
	*p = (struct diff_pairs){ .count = 0 };
}
