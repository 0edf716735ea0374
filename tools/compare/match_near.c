/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sites that are not the same but alike: functions got another name, or callers came and went with
 * inlining and tail calls.  A wrong pair hides a leak behind something removed, so all that is
 * doubtful stays apart.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/near.h"
#include "compare/match.h"

#define CLOSENESS_ALL 1000u
#define SIZES_APART   1.25
#define NAMES_MOST    128 /* of a stack that are compared */

struct trail {
	const uint32_t *frames;
	uint32_t count;
	const uint32_t *plain; /* numbers of all frames of the side */
};

static struct trail trail_of(const struct match *m, uint32_t side, uint32_t item)
{
	const struct match_side *s = &m->sides[side];

	return (struct trail){ s->trails + s->items[item].trail, s->items[item].trail_count,
			       s->keys.numbers[KEY_PLAIN] };
}

static uint32_t plain_at(const struct trail *t, uint32_t i)
{
	return t->plain[t->frames[i]];
}

static bool takes_part(const struct match_item *item)
{
	return !item->is_paired && !item->is_settled && item->trail_count > 0;
}

/* A bit for each plain name that is in the view; names are numbered by the pool. */
static uint8_t *names_in(const struct match *m, uint32_t side)
{
	const struct keys *k = &m->sides[side].keys;
	uint8_t *bits = calloc(m->pool.bytes / 8 + 1, 1);
	uint32_t number;
	size_t i;

	for (i = 0; bits && i < k->view->frame_count; i++) {
		number = k->numbers[KEY_PLAIN][i];
		bits[number / 8] |= (uint8_t)(1u << number % 8);
	}
	return bits;
}

static bool is_in(const uint8_t *bits, uint32_t number)
{
	return bits[number / 8] & 1u << number % 8;
}

/* The names of the stack, any that the other side does not know at all left open. */
static uint64_t open_key(const struct match *m, uint32_t side, uint32_t item,
			 const uint8_t *other_names)
{
	struct trail t = trail_of(m, side, item);
	uint64_t hash = t.count;
	uint32_t open = 0, i;

	for (i = 0; i < t.count; i++) {
		bool known = is_in(other_names, plain_at(&t, i));

		open += !known;
		hash = keys_mix(hash, known ? plain_at(&t, i) : 0);
	}
	return open && open < t.count ? hash : 0;
}

static bool is_similar(const char *a, const char *b)
{
	size_t long_bytes = strlen(a), short_bytes = strlen(b), swap;

	if (long_bytes < short_bytes) {
		swap = long_bytes;
		long_bytes = short_bytes;
		short_bytes = swap;
	}
	if (short_bytes >= 4 && (strstr(a, b) || strstr(b, a)))
		return true;
	return near_distance(a, b) * 2u <= long_bytes;
}

static const char *file_at(const struct match *m, uint32_t side, const struct trail *t, uint32_t i)
{
	const char *file = m->sides[side].keys.view->frames[t->frames[i]].file, *slash;

	slash = file ? strrchr(file, '/') : NULL;
	return slash ? slash + 1 : file;
}

/* Bytes of an allocation on average; what merely has a new name asks for what it did. */
static bool has_like_sizes(const struct match *m, uint32_t old, uint32_t new)
{
	const struct view_sums *a = &m->sides[0].keys.view->sites[old].sums;
	const struct view_sums *b = &m->sides[1].keys.view->sites[new].sums;
	double one = (double)a->total_bytes * (double)b->calls;
	double two = (double)b->total_bytes * (double)a->calls;

	return one <= two * SIZES_APART && two <= one * SIZES_APART;
}

/* Where the stacks differ, the names must be similar and the source file the same. */
static unsigned renamed_closeness(const struct match *m, uint32_t old, uint32_t new)
{
	struct trail a = trail_of(m, 0, old), b = trail_of(m, 1, new);
	const char *one, *two, *file, *other_file;
	unsigned close = CLOSENESS_ALL, apart;
	uint32_t i;

	if (a.count != b.count || !has_like_sizes(m, old, new))
		return 0;
	for (i = 0; i < a.count; i++) {
		if (plain_at(&a, i) == plain_at(&b, i))
			continue;
		one = pool_text(&m->pool, plain_at(&a, i));
		two = pool_text(&m->pool, plain_at(&b, i));
		file = file_at(m, 0, &a, i);
		other_file = file_at(m, 1, &b, i);
		if (!is_similar(one, two) || (file && other_file && strcmp(file, other_file) != 0))
			return 0;
		apart = near_distance(one, two);
		close -= apart < close / 2 ? apart : close / 2;
	}
	return close;
}

static uint64_t shape_of(const struct match *m, uint32_t side, uint32_t item)
{
	struct trail t = trail_of(m, side, item);
	uint64_t hash = t.count;
	uint32_t i;

	for (i = 0; i < t.count; i++)
		hash = keys_mix(hash, plain_at(&t, i));
	return hash;
}

int match_renamed(struct match *m)
{
	uint8_t *names[2] = { names_in(m, 0), names_in(m, 1) };
	struct match_side *s;
	uint32_t side, i;
	int err = 0;

	for (side = 0; names[0] && names[1] && side < 2; side++) {
		s = &m->sides[side];
		for (i = 0; i < s->count; i++) {
			s->items[i].key = 0;
			if (!takes_part(&s->items[i]))
				continue;
			s->items[i].key = open_key(m, side, i, names[!side]);
			s->items[i].shape = shape_of(m, side, i);
		}
	}
	err = names[0] && names[1] ? match_alike(m, VIEW_MATCH_RENAMED, renamed_closeness)
				   : -ENOMEM;
	free(names[0]);
	free(names[1]);
	return err;
}

static uint32_t common_start(const struct trail *a, const struct trail *b)
{
	uint32_t i = 0;

	while (i < a->count && i < b->count && plain_at(a, i) == plain_at(b, i))
		i++;
	return i;
}

/* Whether all of the shorter one is in the longer one, in its order. */
static bool is_within(const struct trail *shorter, const struct trail *longer)
{
	uint32_t at = 0, i;

	for (i = 0; i < longer->count && at < shorter->count; i++)
		at += plain_at(shorter, at) == plain_at(longer, i);
	return at == shorter->count;
}

/* How many names both have in the same order. */
static uint32_t common_names(const struct trail *a, const struct trail *b)
{
	uint32_t lengths[2][NAMES_MOST + 1] = { { 0 } }, i, j;
	uint32_t na = a->count < NAMES_MOST ? a->count : NAMES_MOST;
	uint32_t nb = b->count < NAMES_MOST ? b->count : NAMES_MOST;
	uint32_t *now, *before;

	for (i = 0; i < na; i++) {
		before = lengths[i % 2];
		now = lengths[(i + 1) % 2];
		for (j = 0; j < nb; j++) {
			if (plain_at(a, i) == plain_at(b, j))
				now[j + 1] = before[j] + 1;
			else
				now[j + 1] = now[j] > before[j + 1] ? now[j] : before[j + 1];
		}
	}
	return lengths[na % 2][nb];
}

/*
 * Frames may be missing on one side, or the callers farther out be others.  Where the caller of the
 * allocating function is another one, it is another use of it.
 */
static unsigned near_closeness(const struct match *m, uint32_t old, uint32_t new)
{
	struct trail a = trail_of(m, 0, old), b = trail_of(m, 1, new);
	struct trail *shorter = a.count < b.count ? &a : &b, *longer = shorter == &a ? &b : &a;
	uint32_t start = common_start(&a, &b), common;

	if (start == 0 || shorter->count < 2)
		return 0;
	common = common_names(&a, &b);
	if (common * 2 < longer->count || (start < 2 && !is_within(shorter, longer)))
		return 0;
	return CLOSENESS_ALL * common / longer->count;
}

/* Of those with the same allocating function. */
int match_near(struct match *m)
{
	struct match_side *s;
	struct trail t;
	uint32_t side, i;

	for (side = 0; side < 2; side++) {
		s = &m->sides[side];
		for (i = 0; i < s->count; i++) {
			s->items[i].key = 0;
			if (!takes_part(&s->items[i]))
				continue;
			t = trail_of(m, side, i);
			s->items[i].key = keys_mix(5, plain_at(&t, 0));
		}
	}
	return match_alike(m, VIEW_MATCH_NEAR, near_closeness);
}
