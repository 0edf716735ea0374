/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "compare/match.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"

struct entry {
	uint64_t key;
	uint32_t item;
	uint32_t side;
};

/* Items of one key on both sides. */
struct run {
	const struct entry *olds;
	const struct entry *news;
	size_t old_count;
	size_t new_count;
};

static int add_member(struct match *m, uint32_t side, uint32_t item)
{
	int err = VEC_ROOM(m->members, m->member_room, m->member_count + 1);

	if (err)
		return err;
	m->members[m->member_count++] = item;
	m->sides[side].items[item].is_paired = true;
	return 0;
}

int match_pair(struct match *m, enum view_match how, const uint32_t *olds, size_t old_count,
	       const uint32_t *news, size_t new_count)
{
	int err = VEC_ROOM(m->pairs, m->pair_room, m->pair_count + 1);
	struct match_pair *pair;
	size_t i;

	if (err)
		return err;
	pair = &m->pairs[m->pair_count++];
	pair->how = how;
	pair->first[0] = (uint32_t)m->member_count;
	pair->count[0] = (uint32_t)old_count;
	pair->first[1] = (uint32_t)(m->member_count + old_count);
	pair->count[1] = (uint32_t)new_count;
	for (i = 0; i < old_count && !err; i++)
		err = add_member(m, 0, olds[i]);
	for (i = 0; i < new_count && !err; i++)
		err = add_member(m, 1, news[i]);
	return err;
}

static const struct view_frame *trail_frame(const struct match_side *s,
					    const struct match_item *item, uint32_t at)
{
	return &s->keys.view->frames[s->trails[item->trail + at]];
}

/* By line, from the allocation outwards; 0 when all are equal. */
static int compare_lines(const struct match *m, const struct entry *a, const struct entry *b)
{
	const struct match_side *sa = &m->sides[a->side], *sb = &m->sides[b->side];
	const struct match_item *ia = &sa->items[a->item], *ib = &sb->items[b->item];
	uint32_t i, la, lb;

	if (ia->place != ib->place)
		return ia->place < ib->place ? -1 : 1;
	for (i = 0; i < ia->trail_count && i < ib->trail_count; i++) {
		la = trail_frame(sa, ia, i)->line;
		lb = trail_frame(sb, ib, i)->line;
		if (la != lb)
			return la < lb ? -1 : 1;
	}
	return 0;
}

static int compare_offsets(const struct match *m, const struct entry *a, const struct entry *b)
{
	const struct match_side *s = &m->sides[a->side];
	const struct match_item *ia = &s->items[a->item], *ib = &s->items[b->item];
	uint64_t oa, ob;
	uint32_t i;

	for (i = 0; i < ia->trail_count && i < ib->trail_count; i++) {
		oa = trail_frame(s, ia, i)->offset;
		ob = trail_frame(s, ib, i)->offset;
		if (oa != ob)
			return oa < ob ? -1 : 1;
	}
	return a->item < b->item ? -1 : a->item > b->item;
}

static int compare(const void *one, const void *two, void *user)
{
	const struct entry *a = one, *b = two;
	const struct match *m = user;
	uint64_t shape_a = m->sides[a->side].items[a->item].shape;
	uint64_t shape_b = m->sides[b->side].items[b->item].shape;
	int order;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	if (a->side != b->side)
		return a->side < b->side ? -1 : 1;
	if (shape_a != shape_b)
		return shape_a < shape_b ? -1 : 1;
	order = compare_lines(user, a, b);
	return order ? order : compare_offsets(user, a, b);
}

static bool has_lines(const struct match *m, const struct entry *e)
{
	const struct match_item *item = &m->sides[e->side].items[e->item];

	return item->place || (item->trail_count && trail_frame(&m->sides[e->side], item, 0)->line);
}

/* Sites of one line: the compiler's copies of one call.  Entries one after the other. */
struct line_class {
	const struct entry *first;
	size_t count;
};

struct classes {
	struct line_class *list;
	size_t count;
};

static size_t split(const struct match *m, const struct entry *entries, size_t count,
		    struct line_class *to)
{
	size_t classes = 0, i;

	for (i = 0; i < count; i++) {
		if (!i || !has_lines(m, &entries[i]) ||
		    compare_lines(m, &entries[i - 1], &entries[i]) != 0)
			to[classes++] = (struct line_class){ &entries[i], 0 };
		to[classes - 1].count++;
	}
	return classes;
}

/* All that is in the classes becomes one pair. */
static int pair_classes(struct match *m, enum view_match how, const struct classes *olds,
			const struct classes *news)
{
	const struct classes *sides[2] = { olds, news };
	uint32_t *items[2] = { NULL, NULL };
	size_t counts[2] = { 0, 0 }, i, j;
	unsigned side;
	int err = 0;

	for (side = 0; side < 2 && !err; side++) {
		for (i = 0; i < sides[side]->count; i++)
			counts[side] += sides[side]->list[i].count;
		items[side] = calloc(counts[side] + 1, sizeof(*items[side]));
		if (!items[side])
			err = -ENOMEM;
		counts[side] = 0;
		for (i = 0; i < sides[side]->count && !err; i++)
			for (j = 0; j < sides[side]->list[i].count; j++)
				items[side][counts[side]++] = sides[side]->list[i].first[j].item;
	}
	if (!err)
		err = match_pair(m, how, items[0], counts[0], items[1], counts[1]);
	free(items[0]);
	free(items[1]);
	return err;
}

/* One class of each side; they are passed over. */
static int pair_next(struct match *m, enum view_match how, struct line_class *old,
		     struct line_class *new)
{
	const struct classes one = { old, 1 }, other = { new, 1 };

	return pair_classes(m, how, &one, &other);
}

/* Those with equal lines; what is left is moved to the front of each list. */
static int pair_equal(struct match *m, enum view_match how, struct classes *olds,
		      struct classes *news)
{
	size_t o = 0, n = 0, old_left = 0, new_left = 0;
	int err = 0, order;

	while (!err && (o < olds->count || n < news->count)) {
		if (o == olds->count)
			order = 1;
		else if (n == news->count)
			order = -1;
		else
			order = compare_lines(m, olds->list[o].first, news->list[n].first);
		if (order < 0 || (!order && !has_lines(m, olds->list[o].first)))
			olds->list[old_left++] = olds->list[o++];
		else if (order > 0)
			news->list[new_left++] = news->list[n++];
		else
			err = pair_next(m, how, &olds->list[o++], &news->list[n++]);
	}
	olds->count = old_left;
	news->count = new_left;
	return err;
}

static int pair_run(struct match *m, enum view_match how, const struct run *run)
{
	struct line_class *list = calloc(run->old_count + run->new_count, sizeof(*list));
	struct classes olds = { list, 0 }, news = { list ? list + run->old_count : NULL, 0 };
	int err = list ? 0 : -ENOMEM;
	size_t i;

	if (err || !run->old_count || !run->new_count) {
		free(list);
		return err;
	}
	olds.count = split(m, run->olds, run->old_count, olds.list);
	news.count = split(m, run->news, run->new_count, news.list);
	if (olds.count == news.count) {
		for (i = 0; i < olds.count && !err; i++)
			err = pair_next(m, how, &olds.list[i], &news.list[i]);
	} else {
		err = pair_equal(m, how, &olds, &news);
		if (!err && olds.count && news.count)
			err = pair_classes(m, how, &olds, &news);
	}
	free(list);
	return err;
}

/* All items that have a key and no pair, in the order of their keys, and an end mark behind. */
static struct entry *gather(struct match *m, size_t *count)
{
	struct entry *entries = calloc(m->sides[0].count + m->sides[1].count + 1, sizeof(*entries));
	const struct match_item *item;
	uint32_t side;
	size_t i;

	*count = 0;
	for (side = 0; entries && side < 2; side++) {
		for (i = 0; i < m->sides[side].count; i++) {
			item = &m->sides[side].items[i];
			if (item->key && !item->is_paired)
				entries[(*count)++] = (struct entry){ item->key, (uint32_t)i,
								      side };
		}
	}
	if (entries && *count)
		qsort_r(entries, *count, sizeof(*entries), compare, m);
	return entries;
}

static struct run run_at(const struct entry *entries, size_t count, size_t at)
{
	struct run run = { .olds = &entries[at] };
	size_t i;

	for (i = at; i < count && entries[i].key == entries[at].key; i++) {
		run.old_count += !entries[i].side;
		run.new_count += entries[i].side;
	}
	run.news = run.olds + run.old_count;
	return run;
}

int match_round(struct match *m, enum view_match how)
{
	size_t count, at;
	struct entry *entries = gather(m, &count);
	struct run run;
	int err = entries ? 0 : -ENOMEM;

	for (at = 0; at < count && !err; at += run.old_count + run.new_count) {
		run = run_at(entries, count, at);
		err = pair_run(m, how, &run);
	}
	free(entries);
	return err;
}

/* More than these are not compared each with each. */
#define ALIKE_MOST 256

/* The best counterpart of one item, -1 when there is none or no single one. */
static int best_of(const unsigned *close, size_t count, size_t step)
{
	unsigned most = 0;
	size_t i;
	int best = -1;

	for (i = 0; i < count; i++) {
		if (close[i * step] > most) {
			most = close[i * step];
			best = (int)i;
		} else if (most && close[i * step] == most) {
			best = -1;
		}
	}
	return best;
}

/* Where each shape begins, and the end of the last; NULL without memory. */
static size_t *find_shapes(const struct match *m, const struct entry *entries, size_t entry_count,
			   size_t *count)
{
	size_t *starts = calloc(entry_count + 1, sizeof(*starts)), i;
	uint64_t shape, last = 0;

	*count = 0;
	for (i = 0; starts && i < entry_count; i++) {
		shape = m->sides[entries[i].side].items[entries[i].item].shape;
		if (!i || shape != last)
			starts[(*count)++] = i;
		last = shape;
	}
	if (starts)
		starts[*count] = entry_count;
	return starts;
}

struct shapes {
	size_t *starts[2];
	size_t counts[2];
};

/* All sites of one shape with all of another. */
static int pair_shapes(struct match *m, enum view_match how, const struct run *run,
		       const struct shapes *s, size_t old, size_t other)
{
	const struct run part = {
		.olds = run->olds + s->starts[0][old],
		.news = run->news + s->starts[1][other],
		.old_count = s->starts[0][old + 1] - s->starts[0][old],
		.new_count = s->starts[1][other + 1] - s->starts[1][other],
	};

	return pair_run(m, how, &part);
}

static int pair_close(struct match *m, enum view_match how, const struct run *run,
		      const struct shapes *s, closeness_of *closeness)
{
	size_t rows = s->counts[0], columns = s->counts[1], i, j;
	unsigned *close;
	int err = 0, best;

	if (!rows || !columns || rows > ALIKE_MOST || columns > ALIKE_MOST)
		return 0;
	close = calloc(rows * columns, sizeof(*close));
	if (!close)
		return -ENOMEM;
	for (i = 0; i < rows; i++)
		for (j = 0; j < columns; j++)
			close[i * columns + j] = closeness(m, run->olds[s->starts[0][i]].item,
							   run->news[s->starts[1][j]].item);
	for (i = 0; i < rows && !err; i++) {
		best = best_of(close + i * columns, columns, 1);
		if (best >= 0 && best_of(close + best, rows, columns) == (int)i)
			err = pair_shapes(m, how, run, s, i, (size_t)best);
	}
	free(close);
	return err;
}

static int pair_alike(struct match *m, enum view_match how, const struct run *run,
		      closeness_of *closeness)
{
	struct shapes s;
	int err = -ENOMEM;

	s.starts[0] = find_shapes(m, run->olds, run->old_count, &s.counts[0]);
	s.starts[1] = find_shapes(m, run->news, run->new_count, &s.counts[1]);
	if (s.starts[0] && s.starts[1])
		err = pair_close(m, how, run, &s, closeness);
	free(s.starts[0]);
	free(s.starts[1]);
	return err;
}

int match_alike(struct match *m, enum view_match how, closeness_of *closeness)
{
	size_t count, at;
	struct entry *entries = gather(m, &count);
	struct run run;
	int err = entries ? 0 : -ENOMEM;

	for (at = 0; at < count && !err; at += run.old_count + run.new_count) {
		run = run_at(entries, count, at);
		err = pair_alike(m, how, &run, closeness);
	}
	free(entries);
	return err;
}

void match_free(struct match *m)
{
	uint32_t side;

	for (side = 0; side < 2; side++) {
		keys_free(&m->sides[side].keys);
		free(m->sides[side].items);
		free(m->sides[side].trails);
	}
	pool_free(&m->pool);
	free(m->pairs);
	free(m->members);
	*m = (struct match){ .pairs = NULL };
}
