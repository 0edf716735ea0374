/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "python/stack.h"

#include <pthread.h>

#include "arena.h"
#include "config.h"
#include "index.h"
#include "nodes.h"
#include "profile.h"
#include "python/chain.h"
#include "python/leaf.h"
#include "python/objects.h"
#include "python/selftest.h"

static struct python_thread *make_thread(struct thread *t)
{
	struct python_thread *p = arena_map(sizeof(*p));

	if (!p)
		return NULL;
	p->self = (uintptr_t)pthread_self();
	p->joints = p->joints_first;
	p->joints_mask = PYTHON_JOINTS_FIRST - 1;
	p->joints_until_look = PYTHON_JOINTS_FIRST;
	t->python = p;
	return p;
}

void python_thread_ends(struct thread *t)
{
	struct python_thread *p = t->python;

	if (!p)
		return;
	t->python = NULL;
	if (p->joints_bytes)
		arena_unmap(p->joints, p->joints_bytes);
	arena_unmap(p, sizeof(*p));
}

/* All frames, innermost first. */
static void collect(struct python_thread *p, uintptr_t frame)
{
	uint32_t most = config.python_stacks == CONFIG_LEAF ? 1 : python.depth, n = 0;

	for (; frame && n < most; n++) {
		struct python_seen *seen = &p->now[n];

		seen->frame = frame;
		seen->code = python_code(frame);
		seen->position = python_position(frame);
		frame = python_skip(python_word(frame, python.layout.previous));
	}
	p->now_depth = n;
	p->cut = frame != 0;
}

static uint32_t generation_now(void)
{
	return python_objects_all() ? python_code_generation : 0;
}

static bool is_same_code(struct python_known *known, uintptr_t code)
{
	uint32_t generation = generation_now();

	python_code_watch(code);
	if (known->mark != python_mark(code))
		return false;
	known->generation = generation;
	return true;
}

/* The generation is read first: a code that ends meanwhile was not this one, which is running. */
static void mark_code(struct python_thread *p, struct python_known *known)
{
	uintptr_t code = known->seen.code;
	struct python_marked *marked = &p->marks[(code >> 4 ^ code >> 13) & (PYTHON_MARKS - 1)];
	uint32_t generation = generation_now();

	if (unlikely(marked->code != code || !generation || marked->generation != generation)) {
		python_code_watch(code);
		*marked = (struct python_marked){ code, python_mark(code), generation };
	}
	known->mark = marked->mark;
	known->generation = generation;
}

static bool is_known(struct python_known *known, const struct python_seen *seen)
{
	return known->seen.frame == seen->frame && known->seen.code == seen->code &&
	       known->seen.position == seen->position &&
	       (likely(known->generation == python_code_generation) ||
		is_same_code(known, seen->code));
}

static struct python_step *step_of(struct python_thread *p, uint32_t parent,
				   const struct python_known *known)
{
	uint64_t hash = index_mix(index_mix(known->mark, known->seen.position), parent);

	return &p->steps[hash >> 40 & (PYTHON_NODES - 1)];
}

static void make_step(struct python_thread *p, uint32_t parent, const struct python_known *known,
		      struct python_step *step, int tid)
{
	struct python_read *read = &p->reads[known->mark * PYTHON_MIX >> 40 & (PYTHON_READS - 1)];
	uint32_t frame = python_frame(known->seen.code, known->mark, known->seen.position, read,
				      &p->names, tid);

	*step = (struct python_step){
		.mark = known->mark,
		.code = known->seen.code,
		.position = known->seen.position,
		.parent = parent,
		.node = frame ? nodes_child(parent, frame, tid) : 0,
		.tide_frame = frame,
	};
}

static uint32_t find_step(struct python_thread *p, uint32_t parent, struct python_known *known,
			  int tid)
{
	struct python_step *step = step_of(p, parent, known);

	if (unlikely(step->mark != known->mark || step->code != known->seen.code ||
		     step->position != known->seen.position || step->parent != parent ||
		     !step->node))
		make_step(p, parent, known, step, tid);
	known->tide_frame = step->tide_frame;
	known->node = step->node;
	return step->node;
}

/* From the outermost frame inward, what is new behind what is known. */
static uint32_t find_node(struct python_thread *p, int tid)
{
	uint32_t n = p->now_depth, i = 0;
	uint32_t node;

	while (i < n && i < p->depth && is_known(&p->known[i], &p->now[n - 1 - i]))
		i++;
	node = i ? p->known[i - 1].node : 0;
	for (; i < n; i++) {
		struct python_known *known = &p->known[i];

		known->seen = p->now[n - 1 - i];
		mark_code(p, known);
		node = find_step(p, node, known, tid);
		if (!node)
			break;
	}
	p->depth = i;
	return node;
}

static uint32_t replace_innermost(struct python_thread *p, uintptr_t frame, int tid)
{
	struct python_known *outer = &p->known[p->depth - 2], *known = outer + 1;
	uint32_t node;

	known->seen = (struct python_seen){ frame, python_code(frame), python_position(frame) };
	mark_code(p, known);
	node = find_step(p, outer->node, known, tid);
	if (!node)
		p->outer_chain = p->depth = 0;
	return node;
}

/* Of all frames but the innermost; 0 where they must be looked at one by one. */
static uint64_t outer_chain(uintptr_t frame)
{
	uintptr_t outer = python_skip(python_word(frame, python.layout.previous));

	if (!outer || !python.sees_codes || config.python_stacks != CONFIG_PYTHON)
		return 0;
	return python_chain(outer);
}

/* Mostly a line like the one before, of the same function. */
static uint32_t find_stack(struct python_thread *p, uintptr_t frame, int tid)
{
	uint64_t chain = outer_chain(frame);
	uint32_t node;

	if (chain && chain == p->outer_chain)
		return replace_innermost(p, frame, tid);
	p->outer_chain = 0;
	collect(p, frame);
	node = find_node(p, tid);
	if (node && !p->cut)
		p->outer_chain = chain;
	return node;
}

uint32_t python_stack(struct thread *t, uintptr_t state)
{
	uintptr_t frame;
	struct python_thread *p = t->python;

	if (!state)
		return 0;
	if (unlikely(python.state == TIDE_PYTHON_FOUND) && !python_selftest(state))
		return 0;
	frame = python_innermost(state);
	if (!frame || (unlikely(!p) && !(p = make_thread(t))))
		return 0;
	if (unlikely(config.python_stacks == CONFIG_LEAF))
		frame = python_leaf(p, frame);
	return find_stack(p, frame, t->tid);
}
