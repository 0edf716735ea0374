/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rounds for sites. */
#include <errno.h>
#include <stdlib.h>

#include "analyze/fold.h"
#include "compare/match.h"

typedef uint64_t key_of(const struct match_side *s, size_t item);

static uint64_t mix_stack(const struct match_side *s, enum key_kind kind, uint32_t from,
			  uint32_t count)
{
	const struct view *v = s->keys.view;
	uint64_t hash = count + 1;
	uint32_t i;

	for (i = 0; i < count; i++)
		hash = keys_mix(hash, s->keys.numbers[kind][v->stack[from + i]]);
	return hash ? hash : 1;
}

/* Stacks that found no place are not those that could not be taken. */
static uint64_t of_whole(const struct match_side *s, enum key_kind kind, size_t item)
{
	const struct view_site *site = &s->keys.view->sites[item];

	if (!site->count)
		return site->id ? 1 : 2;
	return mix_stack(s, kind, site->first, site->count);
}

static uint64_t code_of_whole(const struct match_side *s, size_t item)
{
	return of_whole(s, KEY_CODE, item);
}

static uint64_t code_of_shown(const struct match_side *s, size_t item)
{
	const struct view_site *site = &s->keys.view->sites[item];

	return mix_stack(s, KEY_CODE, site->shown, site->shown_count);
}

static uint64_t name_of_whole(const struct match_side *s, size_t item)
{
	return s->items[item].is_settled ? 0 : of_whole(s, KEY_NAME, item);
}

static uint64_t called_of_shown(const struct match_side *s, size_t item)
{
	const struct match_item *it = &s->items[item];
	uint64_t hash = it->trail_count;
	uint32_t i;

	if (it->is_settled || !it->trail_count)
		return 0;
	for (i = 0; i < it->trail_count; i++)
		hash = keys_mix(hash, s->keys.numbers[KEY_CALLED][s->trails[it->trail + i]]);
	return hash;
}

static uint64_t plain_of_physical(const struct match_side *s, size_t item)
{
	const struct match_item *it = &s->items[item];
	const uint32_t *trail = s->trails + it->trail;
	const uint32_t *numbers = s->keys.numbers[KEY_PLAIN];
	uint64_t hash;
	uint32_t i;

	if (it->is_settled || !it->trail_count)
		return 0;
	hash = keys_mix(3, numbers[trail[0]]);
	for (i = 0; i < it->trail_count; i++)
		if (!s->keys.view->frames[trail[i]].inlined)
			hash = keys_mix(hash, numbers[trail[i]]);
	return hash;
}

static const struct {
	enum view_match how;
	key_of *key;
} rounds[] = {
	{ VIEW_MATCH_CODE, code_of_whole },	    { VIEW_MATCH_CODE, code_of_shown },
	{ VIEW_MATCH_NAMES, name_of_whole },	    { VIEW_MATCH_SHOWN, called_of_shown },
	{ VIEW_MATCH_PHYSICAL, plain_of_physical },
};

static int fill_trail(struct match_side *s, size_t number, struct view_line *lines, size_t *used)
{
	const struct view *v = s->keys.view;
	const struct view_site *site = &v->sites[number];
	struct match_item *item = &s->items[number];
	size_t count = fold_lines(v->frames, v->stack, site, lines), i;

	item->trail = (uint32_t)*used;
	item->trail_count = (uint32_t)count;
	item->is_settled = count > 0;
	for (i = 0; i < count; i++) {
		s->trails[(*used)++] = lines[i].frame;
		item->is_settled &= s->keys.is_same_build[lines[i].frame];
	}
	return 0;
}

static int fill_side(struct match_side *s)
{
	const struct view *v = s->keys.view;
	size_t room = 0, most = 0, used = 0, i;
	struct view_line *lines;

	for (i = 0; i < v->site_count; i++) {
		room += v->sites[i].shown_count;
		if (v->sites[i].shown_count > most)
			most = v->sites[i].shown_count;
	}
	s->count = v->site_count;
	s->items = calloc(s->count + 1, sizeof(*s->items));
	s->trails = calloc(room + 1, sizeof(*s->trails));
	lines = calloc(most + 1, sizeof(*lines));
	if (s->items && s->trails && lines)
		for (i = 0; i < s->count; i++)
			fill_trail(s, i, lines, &used);
	free(lines);
	return s->items && s->trails && lines ? 0 : -ENOMEM;
}

static void set_keys(struct match *m, key_of *key)
{
	uint32_t side;
	size_t i;

	for (side = 0; side < 2; side++)
		for (i = 0; i < m->sides[side].count; i++)
			m->sides[side].items[i].key = m->sides[side].items[i].is_paired
							      ? 0
							      : key(&m->sides[side], i);
}

int match_sites(struct match *m, const struct view *before, const struct view *after)
{
	size_t i;
	int err;

	err = keys_fill(&m->sides[0].keys, before, after, &m->pool);
	if (!err)
		err = keys_fill(&m->sides[1].keys, after, before, &m->pool);
	if (!err)
		err = fill_side(&m->sides[0]);
	if (!err)
		err = fill_side(&m->sides[1]);
	for (i = 0; i < sizeof(rounds) / sizeof(rounds[0]) && !err; i++) {
		set_keys(m, rounds[i].key);
		err = match_round(m, rounds[i].how);
	}
	if (!err)
		err = match_renamed(m);
	return err ? err : match_near(m);
}
