/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rounds for groups: by what they are called, without directories, versions and lines. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "compare/match.h"

enum label_key { LABEL_AND_DETAIL, LABEL_AND_NAME, LABEL_ALONE, LABEL_KEYS };

/* A line's label without its number, which is where it stands among its equals. */
static void add_line(const struct view_row *row, struct match_item *item, struct buf *key)
{
	const char *name = util_basename(row->label), *colon = strrchr(name, ':');

	if (!colon) {
		buf_puts(key, name);
		return;
	}
	buf_add(key, name, (size_t)(colon - name));
	item->place = (uint32_t)strtoul(colon + 1, NULL, 10);
}

static void add_label(const struct view *v, const struct view_row *row, enum view_by by,
		      enum label_key kind, struct match_item *item, struct buf *key)
{
	if (by == VIEW_LINE)
		add_line(row, item, key);
	else if (by == VIEW_MODULE)
		keys_module(v, row->detail ? row->detail : row->label, key);
	else if (by == VIEW_FUNCTION)
		keys_function(row->label, key);
	else
		buf_puts(key, kind == LABEL_AND_DETAIL ? row->label : util_basename(row->label));
	buf_puts(key, "\1");
	if (!row->detail || by == VIEW_MODULE)
		return;
	if (by == VIEW_LINE)
		keys_function(row->detail, key);
	else if (kind == LABEL_AND_DETAIL)
		buf_puts(key, row->detail);
	else if (kind == LABEL_AND_NAME)
		buf_puts(key, util_basename(row->detail));
}

static int set_keys(struct match *m, enum view_by by, enum label_key kind)
{
	struct match_side *s;
	struct buf key = { 0 };
	uint32_t side, number;
	int err = 0;
	size_t i;

	for (side = 0; side < 2; side++) {
		s = &m->sides[side];
		for (i = 0; i < s->count && !err; i++) {
			buf_reset(&key);
			add_label(s->keys.view, &s->keys.view->groups[i], by, kind, &s->items[i],
				  &key);
			err = key.failed ? -ENOMEM : pool_add(&m->pool, key.data, &number);
			s->items[i].key = err ? 0 : number;
			s->items[i].shape = by == VIEW_LINE ? 0 : i + 1;
		}
	}
	buf_free(&key);
	return err;
}

static const char *program_build(const struct view *v)
{
	size_t i;

	for (i = 1; i < v->module_count; i++)
		if (v->facts.program && !strcmp(v->modules[i].path, v->facts.program))
			return v->modules[i].build_id;
	return "";
}

static bool is_one_build(const struct view *before, const struct view *after)
{
	const char *build = program_build(before);

	return *build && !strcmp(build, program_build(after));
}

/* In one and the same build no line becomes another one. */
static int match_same_lines(struct match *m)
{
	struct match_side *s;
	uint32_t side;
	size_t i;

	for (side = 0; side < 2; side++) {
		s = &m->sides[side];
		for (i = 0; i < s->count; i++)
			s->items[i].key = keys_mix(s->items[i].key, s->items[i].place);
	}
	return match_round(m, VIEW_MATCH_CODE);
}

/* Of several with one name, those whose directories are most alike from the end. */
static unsigned path_closeness(const struct match *m, uint32_t old, uint32_t new)
{
	const struct view_row *a = &m->sides[0].keys.view->groups[old];
	const struct view_row *b = &m->sides[1].keys.view->groups[new];
	const char *one = a->detail ? a->detail : a->label, *two = b->detail ? b->detail : b->label;
	size_t na = strlen(one), nb = strlen(two);
	unsigned close = 1;

	while (na && nb && one[--na] == two[--nb])
		close++;
	return close;
}

int match_groups(struct match *m, const struct view *before, const struct view *after,
		 enum view_by by)
{
	const struct view *views[2] = { before, after };
	bool one_build = is_one_build(before, after);
	enum label_key kind;
	uint32_t side;
	int err = 0;

	for (side = 0; side < 2; side++) {
		m->sides[side].keys.view = views[side];
		m->sides[side].count = views[side]->group_count;
		m->sides[side].items = calloc(views[side]->group_count + 1,
					      sizeof(*m->sides[side].items));
		if (!m->sides[side].items)
			return -ENOMEM;
	}
	for (kind = 0; kind < LABEL_KEYS && !err; kind++) {
		err = set_keys(m, by, kind);
		if (!err && by == VIEW_LINE && one_build)
			return match_same_lines(m);
		if (!err && (by == VIEW_LINE || kind == LABEL_AND_DETAIL))
			err = match_round(m, VIEW_MATCH_NAMES);
		else if (!err)
			err = match_alike(m, VIEW_MATCH_NAMES, path_closeness);
	}
	return err;
}
