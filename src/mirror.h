/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The stack that a thread's last walk found, whole, so that the next walk can stop as soon as the
 * rest is known: two calls in a row mostly differ in their innermost frames only.
 *
 * What lies outward of a frame follows from its pc, its stack pointer, its rbp where `needs_rbp` is
 * set, and the words in the slots of its dependencies.  So a walk that comes to a frame with the
 * same pc and stack pointer compares these and is done; a frame costs it about a nanosecond.
 *
 * Frames and dependencies stand outermost first: what is kept is the beginning, and the new inner
 * part is put behind it.  Belongs to one thread; hook-safe.
 */
#ifndef SRC_MIRROR_H
#define SRC_MIRROR_H

#include <tidemark/profile.h>

#include "sys.h"

struct dependency {
	uintptr_t slot; /* 0 = void */
	uint64_t value;
};

struct mirror_frame {
	uintptr_t pc, sp, rbp; /* as the walk arrived */
	uint32_t frame;	       /* number in the recording */
	uint32_t node;	       /* of the recording's tree; 0 = not yet known */
	uint32_t deps;	       /* how many the way from here outward depends on */
	bool needs_rbp;	       /* that way uses this rbp before it is restored */
	bool guessed;	       /* arrived at by a frame pointer */
	bool fresh_rbp;	       /* the step to this frame restored rbp */
};

#define MIRROR_DEPS (2 * TIDE_DEPTH_MOST)

struct mirror {
	uint32_t depth;
	uint32_t deps_count;
	uint32_t generation; /* of the modules */
	bool joinable;	     /* every step was one by rules, on the thread's own stack */
	bool at_eval;	     /* see walk.h */
	bool stops;	     /* whether it would have ended there */
	struct mirror_frame frames[TIDE_DEPTH_MOST];
	struct dependency deps[MIRROR_DEPS];
};

/* Where a walk stands in the search for a frame that it shares with the mirror. */
struct mirror_search {
	uint32_t candidates; /* frames that may still be met: the outermost so many */
	uint32_t
		deps_limit; /* the way from a frame with more dependencies is known to be another */
};

/* Without `usable` nothing of the mirror will be met. */
void mirror_begin_search(const struct mirror *m, struct mirror_search *search, bool usable,
			 uint32_t generation);

/*
 * The mirror's frame of this pc and stack pointer, NULL if there is none.  The stack pointers asked
 * for must rise.
 */
static inline struct mirror_frame *mirror_meet(struct mirror *m, struct mirror_search *search,
					       uintptr_t pc, uintptr_t sp)
{
	uint32_t n = search->candidates;

	while (n && m->frames[n - 1].sp < sp)
		n--;
	search->candidates = n;
	if (n && m->frames[n - 1].sp == sp && m->frames[n - 1].pc == pc)
		return &m->frames[n - 1];
	return NULL;
}

/*
 * Does the way from this frame outward still hold?  A dependency on the slot of an rbp further in
 * is not looked at, for the caller has compared rbp itself; it is voided, as the slot may be
 * another now.
 */
bool mirror_holds(struct mirror *m, struct mirror_search *search, const struct mirror_frame *frame);

/*
 * Keep the outermost `kept` frames and put an inner part behind them, given innermost first, with
 * `deps` counted from the innermost.  False when there are too many dependencies: they are not to
 * be used then.
 */
bool mirror_put(struct mirror *m, uint32_t kept, const struct mirror_frame *inner, uint32_t count,
		const struct dependency *deps, uint32_t deps_count);

#endif
