/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nodes.h"

#include "arena.h"
#include "index.h"
#include "profile.h"

#define SETS_FIRST 64u
#define SETS_MOST  (1u << 18)
#define SETS_NEAR  16u /* that the children of a node share with those of its neighbours */

#define PER_PART PROFILE_PER_CHUNK(struct tide_node)
#define PARTS	 ((INDEX_NUMBER_MAX + 1) / PER_PART)

#define NUMBER_BITS 24

static struct index nodes = { .buckets_first = 128 };

/* By node: the low bits of a place's slot, and the number of its record. */
static uint32_t *records[PARTS];

/* Parent and frame as one word, so that another thread never sees one without the other. */
static uint64_t node_word(uint32_t parent, uint32_t frame)
{
	return (uint64_t)frame << 32 | parent;
}

static uint64_t hash_of(uint32_t parent, uint32_t frame)
{
	return index_mix(index_mix(0, parent), frame);
}

static bool same_node(uint32_t number, const void *key)
{
	return __atomic_load_n((const uint64_t *)profile_node(number), __ATOMIC_ACQUIRE) ==
	       *(const uint64_t *)key;
}

/*
 * The nodes of a new stack are made one after the other, so most children are their parent's next
 * neighbour: those need no entry in the index, which holds the first node of each such chain.
 * There is one node for a frame below another, whatever threads do at once: a chain is whole before
 * its first node can be found, and that is never its parent's neighbour.
 */
static bool is_neighbour(uint32_t parent, uint64_t word)
{
	const char *chunk = __atomic_load_n(
		&profile_chunk_at[TIDE_SECTION_NODES][(parent + 1) / PER_PART], __ATOMIC_ACQUIRE);
	const uint64_t *words = (const uint64_t *)chunk;

	/* What is not taken yet is 0, as no node is. */
	return likely(words) &&
	       __atomic_load_n(&words[(parent + 1) % PER_PART], __ATOMIC_ACQUIRE) == word;
}

static uint32_t take_chain(uint32_t parent, uint32_t count, int tid)
{
	uint32_t first = profile_take_some(TIDE_SECTION_NODES, count, tid);

	if (unlikely(first == parent + 1))
		first = profile_take_some(TIDE_SECTION_NODES, count, tid);
	return first + count <= INDEX_NUMBER_MAX ? first : 0;
}

/* Nodes of so many frames, each below the one before; the first one's number, or another's. */
static uint32_t add_chain(uint32_t parent, const struct mirror_frame *frames, uint32_t count,
			  int tid)
{
	uint32_t first = take_chain(parent, count, tid);
	uint64_t word = node_word(parent, frames[0].frame);

	if (!first)
		return 0;
	while (count-- > 1)
		__atomic_store_n((uint64_t *)profile_node(first + count),
				 node_word(first + count - 1, frames[count].frame),
				 __ATOMIC_RELAXED);
	__atomic_store_n((uint64_t *)profile_node(first), word, __ATOMIC_RELEASE);
	return index_insert(&nodes, hash_of(parent, frames[0].frame), first, same_node, &word, tid);
}

uint32_t nodes_child(uint32_t parent, uint32_t frame, int tid)
{
	const struct mirror_frame one = { .frame = frame };
	uint64_t word = node_word(parent, frame);
	uint32_t child;

	if (is_neighbour(parent, word))
		return parent + 1;
	child = index_find(&nodes, hash_of(parent, frame), same_node, &word);
	return child ? child : add_chain(parent, &one, 1, tid);
}

/* Four times the room, empty. */
static void grow_children(struct thread *t)
{
	uint32_t sets = t->children ? (t->children_mask + 1) * 4 : SETS_FIRST;
	size_t old_bytes = ((size_t)t->children_mask + 1) * sizeof(struct node_children);
	struct node_children *old = t->children, *bigger;

	t->children_entered = 0;
	if (sets > SETS_MOST)
		return;
	bigger = arena_map(sets * sizeof(*bigger));
	if (!bigger)
		return;
	t->children = bigger;
	barrier();
	t->children_mask = sets - 1;
	if (old)
		arena_unmap(old, old_bytes);
}

static struct node_children *children_of(const struct thread *t, uint32_t parent, uint64_t hash)
{
	uint32_t by_frame = (uint32_t)(hash >> 48) & (SETS_NEAR - 1);

	return &t->children[(parent / NODE_CHILDREN + by_frame) & t->children_mask];
}

static uint32_t tag_of(uint64_t hash)
{
	return (uint32_t)(hash >> 56) << NUMBER_BITS;
}

static void enter_child(struct thread *t, uint32_t parent, uint64_t hash, uint32_t child)
{
	struct node_children *set;
	uint32_t way = 0;

	if (!t->children || t->children_entered > t->children_mask * (NODE_CHILDREN - 1))
		grow_children(t);
	if (!t->children)
		return;
	set = children_of(t, parent, hash);
	while (way < NODE_CHILDREN && set->child[way])
		way++;
	if (way == NODE_CHILDREN)
		way = t->children_entered % NODE_CHILDREN;
	set->child[way] = tag_of(hash) | child;
	t->children_entered++;
}

/* 0 when it is not there. */
static uint32_t known_child(const struct thread *t, uint32_t parent, uint64_t hash, uint64_t word)
{
	const struct node_children *set;

	if (unlikely(!t->children))
		return 0;
	set = children_of(t, parent, hash);
	for (uint32_t way = 0; way < NODE_CHILDREN; way++) {
		uint32_t child = set->child[way] ^ tag_of(hash);

		if (!(child >> NUMBER_BITS) && child && same_node(child, &word))
			return child;
	}
	return 0;
}

/* Of the walk's frame: 0 when there is none yet. */
static uint32_t find_child(struct thread *t, uint32_t parent, uint32_t frame)
{
	uint64_t word = node_word(parent, frame), hash;
	uint32_t child;

	if (is_neighbour(parent, word))
		return parent + 1;
	hash = hash_of(parent, frame);
	child = known_child(t, parent, hash, word);
	if (likely(child))
		return child;
	child = index_find(&nodes, hash, same_node, &word);
	if (child)
		enter_child(t, parent, hash, child);
	return child;
}

static uint32_t add_rest(struct thread *t, uint32_t parent, uint32_t from)
{
	const struct mirror *m = &t->walk.mirror;
	uint32_t child = add_chain(parent, &m->frames[from], m->depth - from, t->tid);

	if (child)
		enter_child(t, parent, hash_of(parent, m->frames[from].frame), child);
	return child;
}

uint32_t nodes_name(struct thread *t)
{
	struct mirror *m = &t->walk.mirror;
	uint32_t kept = t->walk.kept;
	uint32_t node = kept ? m->frames[kept - 1].node : 0;

	for (uint32_t i = kept; i < m->depth; i++) {
		uint32_t child = find_child(t, node, m->frames[i].frame);

		if (!child)
			child = add_rest(t, node, i);
		if (!child)
			return 0;
		m->frames[i].node = node = child;
	}
	barrier();
	m->joinable = t->walk.may_join;
	return node;
}

/* NULL when there is none yet. */
static uint32_t *record_place(uint32_t node)
{
	uint32_t *part = __atomic_load_n(&records[node / PER_PART], __ATOMIC_ACQUIRE);

	return likely(part) ? &part[node % PER_PART] : NULL;
}

static uint32_t record_word(uint32_t node)
{
	const uint32_t *place = record_place(node);

	return likely(place) ? __atomic_load_n(place, __ATOMIC_ACQUIRE) : 0;
}

uint32_t nodes_record(uint32_t node)
{
	return record_word(node) & ((1u << NUMBER_BITS) - 1);
}

uint32_t nodes_own_record(uint32_t node, uint32_t slot)
{
	uint32_t word = record_word(node), number = word & ((1u << NUMBER_BITS) - 1);

	/* Another place's record may be at work: it is not looked at if that can be told before. */
	if (!word || word >> NUMBER_BITS != (slot & 0xff))
		return 0;
	return likely(profile_record(number)->thread == slot) ? number : 0;
}

bool nodes_make_place(uint32_t node, int tid)
{
	uint32_t *part, *none = NULL;

	if (likely(record_place(node)))
		return true;
	part = arena_take(PER_PART * sizeof(*part), tid);
	/* The loser's memory stays unused: it was never touched. */
	return part && (__atomic_compare_exchange_n(&records[node / PER_PART], &none, part, false,
						    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE) ||
			none);
}

bool nodes_set_record(uint32_t node, uint32_t slot, uint32_t record)
{
	uint32_t none = 0;

	return __atomic_compare_exchange_n(record_place(node), &none, slot << NUMBER_BITS | record,
					   false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}
