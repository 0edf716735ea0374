/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "analyze/advice/advice.h"

#include <errno.h>
#include <stdlib.h>

#include "analyze/advice/kinds.h"
#include "analyze/advice/words.h"

#define PIECES_MOST 64 /* what a source file may still take away included */

static int larger_first(const void *one, const void *two)
{
	const struct view_advice *a = one, *b = two;

	if (a->share != b->share)
		return a->share > b->share ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return a->site->id < b->site->id ? -1 : a->site->id > b->site->id;
}

static bool add_piece(const struct kinds *k, enum view_advice_kind kind, struct view_advice *to)
{
	enum language language = words_language(k->place->frame);

	*to = (struct view_advice){
		.kind = kind,
		.language = words_language_name(language),
		.frame = k->place->frame,
		.caller = k->place->caller,
		.site = k->place->largest,
		.action = words_action(kind, language),
	};
	return kinds_prove(k, kind, to);
}

/* By the line alone is told what the line does whoever calls it, by the caller what is kept. */
static bool is_by_caller(enum view_advice_kind kind)
{
	return kind != VIEW_ADVICE_GROWTH && kind != VIEW_ADVICE_CHURN;
}

/* The same memory is told of once: a copy, or what only grows, is held as well. */
static void add_pieces(const struct kinds *k, bool by_caller, struct view *v)
{
	static const enum view_advice_kind order[] = { VIEW_ADVICE_COPY,   VIEW_ADVICE_GROWS,
						       VIEW_ADVICE_HELD,   VIEW_ADVICE_UNTOUCHED,
						       VIEW_ADVICE_GROWTH, VIEW_ADVICE_CHURN };
	bool told = false;

	for (size_t i = 0; i < VIEW_ADVICE_KINDS && v->advice_count < PIECES_MOST; i++) {
		if (is_by_caller(order[i]) != by_caller || (order[i] == VIEW_ADVICE_HELD && told))
			continue;
		if (!add_piece(k, order[i], &v->advice[v->advice_count]))
			continue;
		told = true;
		v->advice_count++;
	}
}

static int add_all(struct analysis *a, const struct model *m, bool by_caller,
		   const struct places_frames *frames)
{
	struct places places;
	struct kinds k = { .a = a, .m = m, .places = &places };
	int err = places_make(a, m, by_caller, frames, &places);

	for (size_t i = 0; !err && i < places.count; i++) {
		k.place = &places.list[i];
		add_pieces(&k, by_caller, &a->view);
	}
	return err;
}

int advice_fill(struct analysis *a, const struct model *m)
{
	struct view *v = &a->view;
	struct places_frames frames;
	int err;

	/* Of a sample nothing is proved. */
	if (m->sample_bytes)
		return 0;
	v->advice = arena_take(&a->arena, PIECES_MOST, sizeof(*v->advice));
	if (!v->advice)
		return -ENOMEM;
	err = places_frames_make(a, &frames);
	if (!err)
		err = add_all(a, m, true, &frames);
	if (!err)
		err = add_all(a, m, false, &frames);
	if (v->advice_count)
		qsort(v->advice, v->advice_count, sizeof(*v->advice), larger_first);
	return a->arena.failed ? -ENOMEM : err;
}
