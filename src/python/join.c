/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "python/join.h"

#include "arena.h"
#include "config.h"
#include "profile.h"
#include "sites.h"

/* Is the function that runs this frame's bytecode called for it, and not for its caller? */
static bool is_entry(uintptr_t frame)
{
	const struct python_layout *l = &python.layout;
	uintptr_t previous;

	if (l->minor < 11)
		return true;
	if (l->is_entry != PYTHON_ABSENT)
		return *(const uint8_t *)(frame + l->is_entry) != 0;
	previous = python_word(frame, l->previous);
	return !previous || python_skip(previous) != previous;
}

/* Python's frames from number `i` on, innermost first, to the end or to the next entry. */
static uint32_t add_python(struct walk *walk, const struct python_thread *p, uint32_t i,
			   bool to_entry)
{
	for (; i < p->depth; i++) {
		const struct python_known *known = &p->known[p->depth - 1 - i];

		walk_compose_add(walk, known->tide_frame);
		if (to_entry && is_entry(known->seen.frame))
			return i + 1;
	}
	return i;
}

static void put_together(struct walk *walk, const struct python_thread *p,
			 const struct tide_site *native)
{
	const bool merged = config.python_stacks == CONFIG_MERGED;
	uint32_t node = native->node, i = 0;

	walk_compose_begin(walk);
	walk->cut = p->cut && config.python_stacks != CONFIG_LEAF;
	for (; node; node = profile_node(node)->parent) {
		uint32_t frame = profile_node(node)->frame;

		if (!python_runs_at(profile_frame(frame)->pc))
			walk_compose_add(walk, frame);
		else if (!merged)
			break;
		else
			i = add_python(walk, p, i, true);
	}
	/* Python's frames are the outer ones, and have nodes already. */
	if (!merged && !walk->cut && walk->depth + p->depth <= TIDE_DEPTH_MOST) {
		walk_compose_end(walk, p->depth, p->known[p->depth - 1].node);
		return;
	}
	add_python(walk, p, i, false);
	walk_compose_end(walk, 0, 0);
}

static void grow(struct python_thread *p)
{
	uint32_t count = (p->joints_mask + 1) * 4;
	size_t bytes = count * sizeof(*p->joints);
	struct python_joint *joints;

	if (count > PYTHON_JOINTS_MOST)
		return;
	joints = arena_map(bytes);
	if (!joints)
		return;
	if (p->joints_bytes)
		arena_unmap(p->joints, p->joints_bytes);
	p->joints = joints;
	p->joints_bytes = bytes;
	p->joints_mask = count - 1;
}

static void note_miss(struct python_thread *p)
{
	p->joints_misses++;
	if (p->joints_misses > p->joints_mask / 2) {
		p->joints_misses = 0;
		grow(p);
	}
}

uint64_t python_chain_of_indices(uintptr_t frame)
{
	uint64_t sum = python_code_generation;
	uint32_t left = python.depth;

	for (; frame && left; left--) {
		sum = (sum ^ python_position(frame)) * PYTHON_MIX;
		sum = (sum ^ python_code(frame)) * PYTHON_MIX;
		frame = python_word(frame, python.layout.previous);
	}
	return frame ? ~sum : sum;
}

/* A handler may jump out at any point: a key is there when its record is. */
static void set_joint(struct python_thread *p, uint64_t key, struct tide_record *record)
{
	struct python_joint *joint = python_joint(p, key);

	joint->key = 0;
	barrier();
	joint->record = record;
	barrier();
	joint->key = key;
}

static struct tide_record *put_anew(struct thread *t, const struct tide_record *record)
{
	const struct tide_site *native = profile_site(record->site & ~TIDE_RECORD_SHARED);

	put_together(&t->walk, t->python, native);
	note_miss(t->python);
	return sites_record_of_walk(t);
}

static uint64_t key_of_node(const struct tide_record *record, uint32_t node)
{
	return ((uint64_t)record->number << 32 | node) * 0x9e3779b97f4a7c15u;
}

struct tide_record *python_join_anew(struct thread *t, struct tide_record *native, uint64_t key,
				     uintptr_t state)
{
	uint32_t node = python_stack(t, state);
	struct tide_record *record;
	struct python_joint *joint;
	uint64_t second;

	if (!node)
		return native;
	second = key_of_node(native, node);
	joint = python_joint(t->python, second);
	record = likely(joint->key == second) ? joint->record : put_anew(t, native);
	if (!record)
		return NULL;
	set_joint(t->python, second, record);
	if (key)
		set_joint(t->python, key, record);
	return record;
}

struct tide_record *python_join(struct thread *t, struct tide_record *record)
{
	return record ? python_join_by_state(t, record, python_state(t)) : NULL;
}
