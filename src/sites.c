/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sites.h"

#include "arena.h"
#include "index.h"
#include "profile.h"

#define RECORDS_FIRST  64u
#define CHILDREN_FIRST 256u
#define CHILDREN_MOST  (1u << 18)
#define FAR	       3u /* new frames that make a stack unlike the one before */

static struct index sites = { .buckets_first = 32 };
static struct index nodes = { .buckets_first = 128 };

/* Parent and frame as one word, so that another thread never sees one without the other. */
static uint64_t node_word(uint32_t parent, uint32_t frame)
{
	return (uint64_t)frame << 32 | parent;
}

static bool same_node(uint32_t number, const void *key)
{
	return __atomic_load_n((const uint64_t *)profile_node(number), __ATOMIC_ACQUIRE) ==
	       *(const uint64_t *)key;
}

/*
 * The nodes of a new stack are made one after the other, so most children are their parent's next
 * neighbour: those need no entry in the index, which holds the branches only.  Two threads may make
 * the same node twice; stacks are compared by their frames, so that costs a few bytes and no more.
 */
static uint32_t find_node(uint32_t parent, uint64_t word, uint64_t hash)
{
	if (parent + 1 < profile_count(TIDE_SECTION_NODES) && same_node(parent + 1, &word))
		return parent + 1;
	return index_find(&nodes, hash, same_node, &word);
}

static uint32_t add_node(uint32_t parent, uint64_t word, uint64_t hash, int tid)
{
	uint32_t number = profile_take(TIDE_SECTION_NODES, tid);

	if (!number)
		return 0;
	__atomic_store_n((uint64_t *)profile_node(number), word, __ATOMIC_RELEASE);
	return number == parent + 1 ? number
				    : index_insert(&nodes, hash, number, same_node, &word, tid);
}

static uint32_t find_or_add_node(uint32_t parent, uint32_t frame, bool *is_new, int tid)
{
	uint64_t word = node_word(parent, frame);
	uint64_t hash = index_mix(index_mix(0, parent), frame);
	uint32_t child = *is_new ? 0 : find_node(parent, word, hash);

	*is_new = !child;
	return child ? child : add_node(parent, word, hash, tid);
}

uint32_t sites_node(uint32_t parent, uint32_t frame, int tid)
{
	bool is_new = false;

	return find_or_add_node(parent, frame, &is_new, tid);
}

static uint64_t child_key(uint32_t parent, uint32_t frame)
{
	return (uint64_t)frame << 32 | parent;
}

/* Misses are frequent: four times the room, empty. */
static void grow_children(struct thread *t)
{
	uint32_t count = t->children ? (t->children_mask + 1) * 4 : CHILDREN_FIRST;
	size_t old_bytes = ((size_t)t->children_mask + 1) * sizeof(struct site_child);
	struct site_child *old = t->children, *bigger;

	t->children_missed = 0;
	if (count > CHILDREN_MOST)
		return;
	bigger = arena_map(count * sizeof(*bigger));
	if (!bigger)
		return;
	t->children = bigger;
	barrier();
	t->children_mask = count - 1;
	if (old)
		arena_unmap(old, old_bytes);
}

/* A handler may jump out at any point: a key is there when its value is. */
static void set_child(struct site_child *child, uint64_t key, uint32_t node)
{
	child->key = 0;
	barrier();
	child->node = node;
	child->record = 0;
	barrier();
	child->key = node ? key : 0;
}

static struct site_child *child_place(struct thread *t, uint64_t key)
{
	if (unlikely(t->children_missed > t->children_mask * 4))
		grow_children(t);
	return t->children ? &t->children[(key * 0x9e3779b97f4a7c15u) >> 32 & t->children_mask]
			   : NULL;
}

/*
 * The nodes of the frames that the walk has found anew, from the outermost inward; below a node
 * that is new there is nothing to be found.  The innermost one, 0 when there is no room; `place` is
 * where its record may be remembered.
 */
static uint32_t name_nodes(struct thread *t, struct site_child **place)
{
	struct walk *walk = &t->walk;
	struct mirror *m = &walk->mirror;
	uint32_t node = walk->kept ? m->frames[walk->kept - 1].node : 0;
	bool is_new = false;

	*place = NULL;
	for (uint32_t i = walk->kept; i < m->depth; i++) {
		uint64_t key = child_key(node, m->frames[i].frame);
		struct site_child *child = child_place(t, key);

		if (child && child->key == key) {
			node = child->node;
		} else {
			t->children_missed++;
			node = find_or_add_node(node, m->frames[i].frame, &is_new, t->tid);
			if (child)
				set_child(child, key, node);
		}
		if (!node) {
			*place = NULL;
			return 0;
		}
		m->frames[i].node = node;
		*place = child;
	}
	barrier();
	m->joinable = walk->may_join;
	return node;
}

static uint16_t flags_of(const struct walk *walk)
{
	return walk->at_eval ? TIDE_SITE_CUT | TIDE_SITE_EVAL : walk->cut ? TIDE_SITE_CUT : 0;
}

static uint64_t hash_of(const struct walk *walk)
{
	return walk->mirror.frames[walk->mirror.depth - 1].hash;
}

static bool same_frames(const struct mirror *m, uint32_t node)
{
	for (uint32_t i = m->depth; i-- > 0;) {
		const struct tide_node *n = profile_node(node);

		if (node == m->frames[i].node)
			return true;
		if (n->frame != m->frames[i].frame)
			return false;
		node = n->parent;
	}
	return true;
}

static bool same_site(uint32_t number, const void *key)
{
	const struct tide_site *site = profile_site(number);
	const struct walk *walk = key;

	return site->depth == walk->mirror.depth && site->fingerprint == (uint32_t)hash_of(walk) &&
	       (site->flags & (TIDE_SITE_CUT | TIDE_SITE_EVAL)) == flags_of(walk) &&
	       same_frames(&walk->mirror, site->node);
}

static uint32_t add_site(const struct walk *walk, uint32_t node, int tid)
{
	uint32_t number = profile_take(TIDE_SECTION_SITES, tid);

	if (!number)
		return 0;
	*profile_site(number) = (struct tide_site){
		.fingerprint = (uint32_t)hash_of(walk),
		.node = node,
		.depth = (uint16_t)walk->mirror.depth,
		.flags = flags_of(walk),
	};
	number = index_insert(&sites, hash_of(walk), number, same_site, walk, tid);
	if (walk->cut && number)
		profile_drop(TIDE_DROP_STACK_CUT);
	return number;
}

/* Unlike the stack before: its site is looked for by the hash of all frames first. */
static bool is_far(const struct walk *walk)
{
	return walk->mirror.depth - walk->kept > FAR;
}

/* The site of the stack just walked; 0, the overflow site, when there is no room. */
static uint32_t find_site(const struct walk *walk, uint32_t node, int tid)
{
	bool may_be = node && !is_far(walk);
	uint32_t number = may_be ? index_find(&sites, hash_of(walk), same_site, walk) : 0;

	if (!number && node)
		number = add_site(walk, node, tid);
	if (unlikely(!number))
		profile_drop(profile_why_full());
	return number;
}

/*
 * Of a stack that has little in common with the one before, by the hash of all its frames: that is
 * quicker than to go from node to node.  Names the nodes.  0 when there is no such site yet.
 */
static uint32_t find_far_site(struct walk *walk)
{
	struct mirror *m = &walk->mirror;
	uint32_t number = index_find(&sites, hash_of(walk), same_site, walk);
	uint32_t node = number ? profile_site(number)->node : 0;

	for (uint32_t i = m->depth; number && i-- > walk->kept;) {
		m->frames[i].node = node;
		node = profile_node(node)->parent;
	}
	barrier();
	m->joinable = number && walk->may_join;
	return number;
}

#define KEY_NODE 0xffffffu

/* A site is known by its innermost node, and how the stack ended. */
static uint32_t key_of(uint32_t node, uint16_t flags)
{
	return node | (flags & TIDE_SITE_CUT ? 1u << 31 : 0) |
	       (flags & TIDE_SITE_EVAL ? 1u << 30 : 0);
}

static uint32_t key_of_site(uint32_t number)
{
	const struct tide_site *site = profile_site(number);

	return key_of(site->node, site->flags);
}

static uint64_t *slot_for(const struct thread *t, uint32_t key)
{
	uint32_t i = (uint32_t)((key * 0x9e3779b97f4a7c15u) >> 32) & t->records_mask;

	while (t->records[i] && (uint32_t)(t->records[i] >> 32) != key)
		i = (i + 1) & t->records_mask;
	return &t->records[i];
}

static bool grow_records(struct thread *t)
{
	uint64_t *old = t->records;
	uint32_t old_size = old ? t->records_mask + 1 : 0;
	uint32_t size = old ? old_size * 2 : RECORDS_FIRST;
	uint64_t *bigger = arena_take(size * sizeof(*bigger), t->tid);

	if (!bigger)
		return false;
	t->records = bigger;
	t->records_mask = size - 1;
	for (uint32_t i = 0; i < old_size; i++)
		if (old[i])
			*slot_for(t, (uint32_t)(old[i] >> 32)) = old[i];
	/* Large tables are mappings of their own; small ones together are no more than the last. */
	if (old_size * sizeof(*old) > ((size_t)1 << 18))
		arena_unmap(old, old_size * sizeof(*old));
	return true;
}

/*
 * From now on the site's own peak needs the sum over threads.  The first thread has not touched
 * `published` yet, so the one that brings the site its second record may set it.
 */
static void share_site(struct tide_site *site)
{
	struct tide_record *first = profile_record(site->first_record);
	int64_t live;

	if (__atomic_fetch_or(&site->flags, TIDE_SITE_SHARED, __ATOMIC_ACQ_REL) & TIDE_SITE_SHARED)
		return;
	live = __atomic_load_n(&first->live_bytes, __ATOMIC_RELAXED);
	first->published = live;
	__atomic_fetch_add(&site->shared_live, live, __ATOMIC_RELAXED);
	__atomic_store_n(&site->shared_high, first->high_bytes, __ATOMIC_RELAXED);
	__atomic_fetch_or(&first->site, TIDE_RECORD_SHARED, __ATOMIC_ACQ_REL);
}

static uint32_t make_record(struct thread *t, uint32_t site_number)
{
	struct tide_site *site = profile_site(site_number);
	uint32_t number = profile_take(TIDE_SECTION_RECORDS, t->tid), none = 0;
	struct tide_record *record;

	if (!number)
		return 0;
	record = profile_record(number);
	*record = (struct tide_record){
		.site = site_number,
		.thread = t->slot,
		.number = number,
		.first_ms = t->now_ms,
		.last_ms = t->now_ms,
	};
	if (!__atomic_compare_exchange_n(&site->first_record, &none, number, false,
					 __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		share_site(site);
		record->site |= TIDE_RECORD_SHARED;
	}
	return number;
}

static void enter(struct thread *t, uint32_t key, uint32_t record)
{
	*slot_for(t, key) = (uint64_t)key << 32 | record;
	t->records_used++;
}

/* The overflow site's record is made first, while there is room. */
static bool has_room(struct thread *t)
{
	uint32_t number;

	if (likely(t->records && t->records_used < t->records_mask / 4 * 3))
		return true;
	if (t->records)
		return grow_records(t) || t->records_used < t->records_mask;
	number = grow_records(t) ? make_record(t, 0) : 0;
	if (number)
		enter(t, 0, number);
	return number;
}

static struct tide_record *overflow_record(const struct thread *t)
{
	uint32_t number = t->records ? (uint32_t)*slot_for(t, 0) : 0;

	return number ? profile_record(number) : NULL;
}

struct tide_record *sites_record(struct thread *t, uint32_t site)
{
	uint32_t key = key_of_site(site), number;

	if (unlikely(!has_room(t)))
		return overflow_record(t);
	number = (uint32_t)*slot_for(t, key);
	if (likely(number))
		return profile_record(number);
	number = make_record(t, site);
	if (!number)
		return overflow_record(t);
	enter(t, key, number);
	return profile_record(number);
}

/* Two threads at once may have made two nodes for one frame: the site has one of them. */
static struct tide_record *add_walk(struct thread *t, uint32_t key)
{
	uint32_t site = find_site(&t->walk, key & KEY_NODE, t->tid);
	struct tide_record *record = sites_record(t, site);

	if (record && site && key != key_of_site(site) && has_room(t))
		enter(t, key, record->number);
	return record;
}

static struct tide_record *record_of_node(struct thread *t, uint32_t node)
{
	uint32_t key = key_of(node, flags_of(&t->walk)), number;

	if (unlikely(!has_room(t)))
		return overflow_record(t);
	number = node ? (uint32_t)*slot_for(t, key) : 0;
	return likely(number) ? profile_record(number) : add_walk(t, key);
}

struct tide_record *sites_record_of_walk(struct thread *t)
{
	struct walk *walk = &t->walk;
	struct tide_record *record;
	struct site_child *place;
	uint32_t node, site;

	if (is_far(walk)) {
		site = find_far_site(walk);
		if (site)
			return sites_record(t, site);
	}
	node = name_nodes(t, &place);
	if (flags_of(walk))
		place = NULL;
	if (place && place->record)
		return profile_record(place->record);
	record = record_of_node(t, node);
	if (record && place && node)
		place->record = record->number;
	return record;
}
