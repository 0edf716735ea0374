/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The stack of one call, walked outward by rules, with everything the result depended on.
 *
 * invariant: with the same return address and stack pointer at the hook, the same rbp where
 * `uses_rbp` is set, and the same word in every slot of `deps`, the walk would come out the same.
 * By induction from the innermost frame: a frame's rule is fixed by its pc, its CFA by the stack
 * pointer or by an rbp that is itself compared, and its caller's pc stands in a slot that is
 * compared. The slots are in the order in which they became known, so that each match proves that
 * the next slot exists.
 *
 * A walk leaves the whole stack in `mirror`, and stops where it meets the stack of the walk before:
 * see mirror.h.
 *
 * Hook-safe.  Reads nothing but the current stack: within the thread's known bounds freely, outside
 * (alternative and coroutine stacks) page by page after asking the kernel.
 */
#ifndef SRC_WALK_H
#define SRC_WALK_H

#include "mirror.h"
#include "rules.h"

/* The hook's own frame, as seen from its caller. */
struct anchor {
	uintptr_t cfa; /* stack pointer after the hook has returned */
	uintptr_t ret;
	uintptr_t rbp; /* the caller's */
};

/* For use in the hook itself; the library is built with frame pointers. */
#define ANCHOR_HERE                                                \
	{                                                          \
		.cfa = (uintptr_t)__builtin_frame_address(0) + 16, \
		.ret = (uintptr_t)__builtin_return_address(0),     \
		.rbp = *(uintptr_t *)__builtin_frame_address(0),   \
	}

struct stack_bounds {
	uintptr_t low, high; /* of the thread's own stack; both 0 when unknown */
};

struct walk {
	uint32_t kept; /* outermost frames that are those of the walk before */
	bool may_join; /* the mirror is joinable once its nodes have names */
	bool uses_rbp;
	bool cannot_repeat; /* depends on something that a memo cannot compare */
	bool cut;
	bool at_eval; /* ended on purpose at the function that runs Python's bytecode */
	bool guessed; /* the frame to come was found by a frame pointer */
	/* bounds of this walk */
	uintptr_t known_low, known_high;
	uintptr_t page_asked; /* last page the kernel called readable */
	/* the new inner part, innermost frame first */
	uint32_t depth;
	uint32_t deps_count;
	struct mirror_search search;
	struct mirror mirror;
	struct mirror_frame frames[TIDE_DEPTH_MOST];
	struct dependency deps[MIRROR_DEPS];
	struct cfi_work work;
	struct cfi_state states[2];
};

/* False when no frame could be had at all. */
bool walk_stack(struct walk *walk, const struct anchor *anchor, const struct stack_bounds *bounds,
		uint32_t depth_max, int tid);

/*
 * A stack made of frames of other stacks, in place of a walk; added from the inside out.  Outward
 * of them are `kept` more, known by the node of the innermost one alone.
 */
void walk_compose_begin(struct walk *walk);
void walk_compose_add(struct walk *walk, uint32_t frame);
void walk_compose_end(struct walk *walk, uint32_t kept, uint32_t node);

/*
 * The bounds of this thread's own stack.  May allocate through libc: the caller has set its guard.
 */
void walk_find_bounds(struct stack_bounds *bounds);

#endif
