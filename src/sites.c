/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sites.h"

#include "arena.h"
#include "index.h"
#include "profile.h"

#define RECORDS_FIRST 64u

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

uint32_t sites_node(uint32_t parent, uint32_t frame, int tid)
{
	uint64_t word = node_word(parent, frame);
	uint64_t hash = index_mix(index_mix(0, parent), frame);
	uint32_t node = find_node(parent, word, hash);

	return node ? node : add_node(parent, word, hash, tid);
}

/* From the outermost frame inward; below a node that is new there is nothing to be found. */
static uint32_t intern_stack(const struct walk *walk, int tid)
{
	uint32_t node = 0;
	bool is_new = false;

	for (uint32_t i = walk->depth; i > 0; i--) {
		uint32_t frame = walk->frames[i - 1];
		uint64_t word = node_word(node, frame);
		uint64_t hash = index_mix(index_mix(0, node), frame);
		uint32_t child = is_new ? 0 : find_node(node, word, hash);

		is_new = !child;
		node = child ? child : add_node(node, word, hash, tid);
		if (!node)
			return 0;
	}
	return node;
}

static uint16_t flags_of(const struct walk *walk)
{
	return walk->at_eval ? TIDE_SITE_CUT | TIDE_SITE_EVAL : walk->cut ? TIDE_SITE_CUT : 0;
}

static bool same_site(uint32_t number, const void *key)
{
	const struct tide_site *site = profile_site(number);
	const struct walk *walk = key;
	uint32_t node = site->node;

	if (site->depth != walk->depth || site->fingerprint != (uint32_t)walk->hash)
		return false;
	if ((site->flags & (TIDE_SITE_CUT | TIDE_SITE_EVAL)) != flags_of(walk))
		return false;
	for (uint32_t i = 0; i < walk->depth; i++) {
		const struct tide_node *n = profile_node(node);

		if (n->frame != walk->frames[i])
			return false;
		node = n->parent;
	}
	return true;
}

static uint32_t add_site(const struct walk *walk, int tid)
{
	uint32_t node = intern_stack(walk, tid);
	uint32_t number = node ? profile_take(TIDE_SECTION_SITES, tid) : 0;

	if (!number)
		return 0;
	*profile_site(number) = (struct tide_site){
		.fingerprint = (uint32_t)walk->hash,
		.node = node,
		.depth = (uint16_t)walk->depth,
		.flags = flags_of(walk),
	};
	number = index_insert(&sites, walk->hash, number, same_site, walk, tid);
	if (walk->cut && number)
		profile_drop(TIDE_DROP_STACK_CUT);
	return number;
}

uint32_t sites_find(const struct walk *walk, int tid)
{
	uint32_t number = index_find(&sites, walk->hash, same_site, walk);

	if (!number)
		number = add_site(walk, tid);
	if (unlikely(!number))
		profile_drop(profile_why_full());
	return number;
}

static uint64_t *slot_for(const struct thread *t, uint32_t site)
{
	uint32_t i = (uint32_t)((site * 0x9e3779b97f4a7c15u) >> 32) & t->records_mask;

	while (t->records[i] && (uint32_t)(t->records[i] >> 32) != site)
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

static struct tide_record *add_record(struct thread *t, uint32_t site)
{
	uint32_t number = t->records_used < t->records_mask ? make_record(t, site) : 0;

	if (!number)
		return NULL;
	*slot_for(t, site) = (uint64_t)site << 32 | number;
	t->records_used++;
	return profile_record(number);
}

/* The overflow site's record is made first, while there is room. */
static bool has_room(struct thread *t)
{
	if (likely(t->records && t->records_used < t->records_mask / 4 * 3))
		return true;
	if (t->records) {
		grow_records(t);
		return true;
	}
	return grow_records(t) && add_record(t, 0);
}

struct tide_record *sites_record(struct thread *t, uint32_t site)
{
	uint64_t *slot;
	struct tide_record *record;

	if (unlikely(!has_room(t)))
		return NULL;
	slot = slot_for(t, site);
	if (likely(*slot))
		return profile_record((uint32_t)*slot);
	record = add_record(t, site);
	return record || !site ? record : sites_record(t, 0);
}
