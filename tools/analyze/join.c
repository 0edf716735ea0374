/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "analyze/join.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/fold.h"
#include "analyze/sums.h"

struct work {
	const struct view *v;
	bool folds;
	uint32_t depth;
	uint64_t *looks; /* of the view's frames */
	struct view_line *lines;
	uint32_t *slots; /* open addressing: row + 1; 0 = free */
	uint64_t *keys;	 /* of the joined rows */
	size_t slot_count;
};

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 29;
}

static uint64_t mix_text(uint64_t hash, const char *text)
{
	for (; text && *text; text++)
		hash = mix(hash, (unsigned char)*text);
	return mix(hash, 256);
}

/* Of all that is shown of a frame; its address is when nothing else is known. */
static uint64_t look_of(const struct view_frame *f)
{
	uint64_t hash = mix_text(mix(1, f->inlined | f->guessed << 1), f->function);

	if (f->file)
		return mix(mix_text(hash, f->file), f->line);
	hash = mix_text(hash, f->module);
	return f->function ? hash : mix(hash, f->module ? f->offset : f->pc);
}

static uint64_t mix_threads(uint64_t hash, const struct view *v, const struct view_site *s)
{
	for (uint32_t i = 0; i < s->threads; i++) {
		const struct view_thread *t = &v->threads[v->shares[s->first_share + i].thread];

		if (!t->spawn)
			return mix(hash, 1);
		hash = mix(mix_text(hash, t->name), t->spawn->id);
	}
	return hash;
}

static uint64_t key_of(struct work *w, const struct view_site *s)
{
	size_t count = s->shown_count, i;
	uint64_t hash = 0;

	if (!count)
		return mix(2, s->id);
	if (w->folds)
		count = fold_lines(w->v->frames, w->v->stack, s, w->lines);
	for (i = 0; i < count && i < w->depth; i++) {
		hash = mix(hash,
			   w->looks[w->folds ? w->lines[i].frame : w->v->stack[s->shown + i]]);
		if (w->folds)
			hash = mix(hash, (uint64_t)w->lines[i].times << 32 | w->lines[i].period);
	}
	hash = mix(hash, (uint64_t)count << 2 | s->cut << 1 | s->arena);
	return mix_threads(mix_text(hash, s->mapping), w->v, s);
}

static int begin(struct work *w, size_t count)
{
	uint32_t most = 0;
	size_t i;

	for (w->slot_count = 64; w->slot_count < count * 2;)
		w->slot_count *= 2;
	for (i = 0; i < w->v->site_count; i++)
		if (w->v->sites[i].shown_count > most)
			most = w->v->sites[i].shown_count;
	w->looks = calloc(w->v->frame_count + 1, sizeof(*w->looks));
	w->lines = calloc((size_t)most + 1, sizeof(*w->lines));
	w->slots = calloc(w->slot_count, sizeof(*w->slots));
	w->keys = calloc(count + 1, sizeof(*w->keys));
	if (!w->looks || !w->lines || !w->slots || !w->keys)
		return -ENOMEM;
	for (i = 0; i < w->v->frame_count; i++)
		w->looks[i] = look_of(&w->v->frames[i]);
	return 0;
}

static void add(struct view_row *to, const struct view_row *row, enum view_sort sort)
{
	if (sums_compare(&to->site->sums, &row->site->sums, sort) > 0)
		to->site = row->site;
	sums_add(&to->sums, &row->sums);
	to->sites += row->sites;
	to->alike += sums_key(&row->sums, sort) != 0;
}

static void join(struct work *w, enum view_sort sort, const struct view_row *rows, size_t count,
		 struct view_row *to, size_t *to_count)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t key = key_of(w, rows[i].site);
		size_t at = key >> 20 & (w->slot_count - 1);

		while (w->slots[at] && w->keys[w->slots[at] - 1] != key)
			at = (at + 1) & (w->slot_count - 1);
		if (w->slots[at]) {
			add(&to[w->slots[at] - 1], &rows[i], sort);
			continue;
		}
		w->keys[*to_count] = key;
		to[*to_count] = rows[i];
		to[*to_count].alike = sums_key(&rows[i].sums, sort) != 0;
		*to_count += 1;
		w->slots[at] = (uint32_t)*to_count;
	}
}

int join_rows(const struct analysis *a, const struct analyze_options *options,
	      const struct view_table *table, const struct view_row *rows, size_t count,
	      struct view_row **joined, size_t *joined_count)
{
	struct work w = { .v = &a->view, .folds = !options->all_frames, .depth = table->depth };
	int err = begin(&w, count);

	*joined_count = 0;
	*joined = err ? NULL : calloc(count + 1, sizeof(**joined));
	if (*joined)
		join(&w, table->sort, rows, count, *joined, joined_count);
	free(w.looks);
	free(w.lines);
	free(w.slots);
	free(w.keys);
	return *joined ? 0 : -ENOMEM;
}
