/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which sites of an old recording are which of a new one.  For compare.c.
 *
 * By rounds, the surest first; what a round has paired is out of the next.  Where all of a stack
 * that concerns the user is code of the same build on both sides, its addresses decide and nothing
 * else is tried.  Sites of one key and one line are one: copies of a call that the compiler made.
 * Several lines of one key are paired in their order when there are as many on both sides; else
 * those that are equal, and what is left becomes one pair.
 * Every item is in one pair at most.  Errors: -ENOMEM.
 */
#ifndef TIDEMARK_COMPARE_MATCH_H
#define TIDEMARK_COMPARE_MATCH_H

#include <stddef.h>
#include <stdint.h>

#include "analyze/arena.h"
#include "compare/keys.h"
#include "view_diff.h"

/* A site, or a group of them; `index` in the view's sites or groups. */
struct match_item {
	uint64_t key;	/* of the round at work, 0 = takes no part */
	uint64_t shape; /* for match_alike(): sites that only lines tell apart have the same */
	uint32_t place; /* among items of the same key: a line, of groups by line */
	bool is_paired;
	bool is_settled; /* addresses decide */
	uint32_t trail;	 /* of a site: the shown frames with recursion folded, in match.trails */
	uint32_t trail_count;
};

struct match_side {
	struct keys keys;
	struct match_item *items;
	size_t count;
	uint32_t *trails; /* numbers of frames */
};

struct match_pair {
	enum view_match how;
	uint32_t first[2]; /* in members; side 0 is the old one */
	uint32_t count[2];
};

struct match {
	struct arena *arena;
	struct pool pool;
	struct match_side sides[2];
	struct match_pair *pairs;
	size_t pair_count;
	size_t pair_room;
	uint32_t *members; /* numbers of items */
	size_t member_count;
	size_t member_room;
};

/* Pairs first, then what is left over, each by itself. */
int match_sites(struct match *m, const struct view *before, const struct view *after);
int match_groups(struct match *m, const struct view *before, const struct view *after,
		 enum view_by by);
void match_free(struct match *m);

/*
 * For the files that do rounds.  match_round() pairs the items whose keys, as set by the caller,
 * are equal.  match_alike() pairs two shapes of a key when each is the other's best, and no other
 * as good: closeness() is 0 for what must not be paired.
 */
int match_pair(struct match *m, enum view_match how, const uint32_t *olds, size_t old_count,
	       const uint32_t *news, size_t new_count);
int match_round(struct match *m, enum view_match how);
typedef unsigned closeness_of(const struct match *m, uint32_t old, uint32_t other);
int match_alike(struct match *m, enum view_match how, closeness_of *closeness);
/* The rounds for what is not the same but alike. */
int match_renamed(struct match *m);
int match_near(struct match *m);

#endif
