/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sites.h"

#include "arena.h"
#include "index.h"
#include "nodes.h"
#include "profile.h"

#define RECORDS_FIRST 64u

static struct index sites = { .buckets_first = 32 };

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

/* The site of the stack just walked; 0, the overflow site, when there is no room. */
static uint32_t find_site(const struct walk *walk, uint32_t node, bool is_new, int tid)
{
	bool may_be = node && !is_new;
	uint32_t number = may_be ? index_find(&sites, hash_of(walk), same_site, walk) : 0;

	if (!number && node)
		number = add_site(walk, node, tid);
	if (unlikely(!number))
		profile_drop(profile_why_full());
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

/* 0 when this place has none, or none that it remembers. */
static uint32_t find_record(const struct thread *t, uint32_t key)
{
	uint32_t number = key & ~KEY_NODE ? 0 : nodes_record(key, t->slot);

	if (likely(number))
		return number;
	return t->records ? (uint32_t)*slot_for(t, key) : 0;
}

/* There is room. */
static void remember(struct thread *t, uint32_t key, uint32_t record)
{
	if (key & ~KEY_NODE || !nodes_set_record(key, t->slot, record, t->tid))
		enter(t, key, record);
}

struct tide_record *sites_record(struct thread *t, uint32_t site)
{
	uint32_t key = key_of_site(site), number = find_record(t, key);

	if (likely(number))
		return profile_record(number);
	if (unlikely(!has_room(t)))
		return overflow_record(t);
	/* Now that of the overflow site is there. */
	number = site ? make_record(t, site) : 0;
	if (!number)
		return overflow_record(t);
	remember(t, key, number);
	return profile_record(number);
}

/* Two threads at once may have made two nodes for one frame: the site has one of them. */
static struct tide_record *add_walk(struct thread *t, uint32_t key, bool is_new)
{
	uint32_t site = find_site(&t->walk, key & KEY_NODE, is_new, t->tid);
	struct tide_record *record = sites_record(t, site);

	if (record && site && key != key_of_site(site) && has_room(t))
		remember(t, key, record->number);
	return record;
}

struct tide_record *sites_record_of_walk(struct thread *t)
{
	bool is_new;
	uint32_t node = nodes_name(t, &is_new), key = key_of(node, flags_of(&t->walk));
	uint32_t number = node && !is_new ? find_record(t, key) : 0;

	return likely(number) ? profile_record(number) : add_walk(t, key, is_new);
}
