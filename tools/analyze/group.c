/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "analyze/group.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/sums.h"
#include "base/brief.h"
#include "base/pool.h"
#include "base/util.h"
#include "base/vec.h"

/* Between label and detail in a key; in no name. */
#define SEPARATOR '\1'

struct groups {
	struct pool keys;
	uint32_t *numbers; /* key -> row + 1 */
	size_t number_room;
	struct view_row *rows;
	size_t count;
	size_t room;
};

static void key_unknown(struct buf *key, const struct view_frame *f)
{
	if (f->module)
		buf_printf(key, "%s+0x%llx%c%s", util_basename(f->module),
			   (unsigned long long)f->offset, SEPARATOR, f->module);
	else
		buf_printf(key, "0x%llx%coutside every module", (unsigned long long)f->pc,
			   SEPARATOR);
}

static void key_module(struct buf *key, const struct view_frame *f)
{
	if (f->python)
		buf_printf(key, "%s%c%s", util_basename(f->file ? f->file : "Python"), SEPARATOR,
			   f->file ? f->file : "");
	else if (f->module)
		buf_printf(key, "%s%c%s", util_basename(f->module), SEPARATOR, f->module);
	else
		buf_printf(key, "(no module)%ccode made at run time", SEPARATOR);
}

static void key_function(struct buf *key, const struct view_frame *f)
{
	struct buf brief = { 0 };

	if (!f->function)
		key_unknown(key, f);
	else
		buf_printf(key, "%s%c%s", brief_name(f->function, &brief), SEPARATOR,
			   f->file     ? f->file
			   : f->module ? f->module
				       : "");
	buf_free(&brief);
}

static void key_line(struct buf *key, const struct view_frame *f)
{
	if (!f->file)
		key_function(key, f);
	else
		buf_printf(key, "%s:%u%c%s", f->file, f->line, SEPARATOR,
			   f->function ? f->function : "");
}

static void make_key(struct buf *key, const struct view *v, const struct view_site *site,
		     enum view_by by)
{
	const struct view_frame *f;

	buf_reset(key);
	if (!site->shown_count) {
		buf_printf(key, "(no stack)%c", SEPARATOR);
		return;
	}
	f = &v->frames[v->stack[site->shown]];
	if (by == VIEW_FUNCTION)
		key_function(key, f);
	else if (by == VIEW_LINE)
		key_line(key, f);
	else if (by == VIEW_FILE && f->file)
		buf_printf(key, "%s%c", f->file, SEPARATOR);
	else
		key_module(key, f);
}

static int find_row(struct groups *g, const char *key, struct view_row **row)
{
	size_t had = g->number_room;
	uint32_t number;
	int err;

	err = pool_add(&g->keys, key, &number);
	if (!err)
		err = VEC_ROOM(g->numbers, g->number_room, (size_t)number + 1);
	if (!err)
		err = VEC_ROOM(g->rows, g->room, g->count + 1);
	if (err)
		return err;
	if (g->number_room > had)
		memset(g->numbers + had, 0, (g->number_room - had) * sizeof(*g->numbers));
	if (!g->numbers[number]) {
		g->rows[g->count] = (struct view_row){ .label = NULL };
		g->rows[g->count].sites = 0;
		g->numbers[number] = (uint32_t)++g->count;
	}
	*row = &g->rows[g->numbers[number] - 1];
	return 0;
}

static int add_site(struct groups *g, struct arena *arena, const char *key,
		    const struct view_sums *sums, const struct view_thread *of)
{
	const char *detail = strchr(key, SEPARATOR);
	struct view_row *row;
	int err = find_row(g, key, &row);

	if (err)
		return err;
	if (!row->label) {
		row->label = arena_printf(arena, "%.*s", (int)(detail - key), key);
		row->detail = detail[1] ? arena_printf(arena, "%s", detail + 1) : NULL;
		if (arena->failed)
			return -ENOMEM;
	}
	sums_add(&row->sums, sums);
	row->thread = of;
	row->sites++;
	return 0;
}

static int add_sites(struct analysis *a, enum view_by by, struct groups *g)
{
	struct view *v = &a->view;
	struct buf key = { 0 };
	size_t i;
	int err = 0;

	for (i = 0; i < v->site_count && !err; i++) {
		make_key(&key, v, &v->sites[i], by);
		err = key.failed ? -ENOMEM
				 : add_site(g, &a->arena, key.data, &v->sites[i].sums, NULL);
	}
	buf_free(&key);
	return err;
}

static int add_shares(struct analysis *a, const struct model *m, struct groups *g)
{
	const struct model_share *share;
	const struct model_thread *thread;
	struct buf key = { 0 };
	struct view_sums sums;
	size_t i;
	int err = 0;

	for (i = 0; i < m->share_count && !err; i++) {
		share = &m->shares[i];
		if (!a->ids[share->site])
			continue;
		thread = &m->threads[share->thread];
		buf_reset(&key);
		if (m->sites[share->site].made)
			buf_printf(&key, "mappings%cof any thread", SEPARATOR);
		else
			buf_printf(&key, "%s (%u)%c", *thread->name ? thread->name : "thread",
				   thread->tid, SEPARATOR);
		if (thread->users > 1)
			buf_printf(&key, "the last of %u threads in this place", thread->users);
		sums = sums_of(&share->sums, 0);
		err = key.failed ? -ENOMEM
				 : add_site(g, &a->arena, key.data, &sums,
					    &a->view.threads[share->thread]);
	}
	buf_free(&key);
	return err;
}

int group_sites(struct analysis *a, const struct model *m, enum view_by by, struct view_row **rows,
		size_t *count)
{
	struct groups g = { .count = 0 };
	int err = by == VIEW_THREAD ? add_shares(a, m, &g) : add_sites(a, by, &g);

	if (!err) {
		*rows = arena_take(&a->arena, g.count + 1, sizeof(**rows));
		*count = g.count;
		if (!*rows)
			err = -ENOMEM;
		else if (g.count)
			memcpy(*rows, g.rows, g.count * sizeof(**rows));
	}
	pool_free(&g.keys);
	free(g.numbers);
	free(g.rows);
	return err;
}
