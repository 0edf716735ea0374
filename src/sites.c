/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sites.h"

#include "arena.h"
#include "index.h"
#include "nodes.h"
#include "profile.h"

#define RECORDS_FIRST 64u

/* Of the stacks that were cut; the others are found by their innermost node. */
static struct index cut_sites = { .buckets_first = 32 };

static uint16_t flags_of(const struct walk *walk)
{
	return walk->at_eval ? TIDE_SITE_CUT | TIDE_SITE_EVAL : walk->cut ? TIDE_SITE_CUT : 0;
}

#define KEY_NODE 0xffffffu

/* A site is known by its innermost node, and how the stack ended. */
static uint32_t key_of(uint32_t node, uint16_t flags)
{
	return node | (flags & TIDE_SITE_CUT ? 1u << 31 : 0) |
	       (flags & TIDE_SITE_EVAL ? 1u << 30 : 0);
}

static bool is_cut(uint32_t key)
{
	return key & ~KEY_NODE;
}

static uint32_t key_of_site(uint32_t number)
{
	const struct tide_site *site = profile_site(number);

	return key_of(site->node, __atomic_load_n(&site->flags, __ATOMIC_RELAXED));
}

static bool same_key(uint32_t number, const void *key)
{
	return key_of_site(number) == *(const uint32_t *)key;
}

static uint32_t new_site(const struct walk *walk, uint32_t node, int tid)
{
	uint32_t number = profile_take(TIDE_SECTION_SITES, tid);

	if (likely(number))
		*profile_site(number) = (struct tide_site){
			.node = node,
			.depth = (uint16_t)walk->mirror.depth,
			.flags = flags_of(walk),
		};
	return number;
}

/* 0 when there is no room. */
static uint32_t cut_site(const struct walk *walk, uint32_t key, int tid)
{
	uint64_t hash = index_mix(0, key);
	uint32_t number = index_find(&cut_sites, hash, same_key, &key);

	if (number)
		return number;
	number = new_site(walk, key & KEY_NODE, tid);
	number = index_insert(&cut_sites, hash, number, same_key, &key, tid);
	if (walk->cut && number)
		profile_drop(TIDE_DROP_STACK_CUT);
	return number;
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
	uint32_t number = __atomic_load_n(&site->first_record, __ATOMIC_ACQUIRE);
	struct tide_record *first = profile_record(number);
	int64_t live;

	if (__atomic_fetch_or(&site->flags, TIDE_SITE_SHARED, __ATOMIC_ACQ_REL) & TIDE_SITE_SHARED)
		return;
	live = __atomic_load_n(&first->live_bytes, __ATOMIC_RELAXED);
	first->published = live;
	__atomic_fetch_add(&site->shared_live, live, __ATOMIC_RELAXED);
	__atomic_store_n(&site->shared_high, first->high_bytes, __ATOMIC_RELAXED);
	__atomic_fetch_or(&first->site, TIDE_RECORD_SHARED, __ATOMIC_ACQ_REL);
}

/* Of no site yet. */
static struct tide_record *new_record(struct thread *t)
{
	uint32_t number = profile_take(TIDE_SECTION_RECORDS, t->tid);
	struct tide_record *record;

	if (!number)
		return NULL;
	record = profile_record(number);
	*record = (struct tide_record){
		.thread = t->slot,
		.number = number,
		.first_ms = t->now_ms,
		.last_ms = t->now_ms,
	};
	return record;
}

static void join_site(struct tide_record *record, uint32_t number)
{
	struct tide_site *site = profile_site(number);
	uint32_t none = 0;

	record->site = number;
	if (!__atomic_compare_exchange_n(&site->first_record, &none, record->number, false,
					 __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		share_site(site);
		record->site |= TIDE_RECORD_SHARED;
	}
}

static struct tide_record *make_record(struct thread *t, uint32_t site)
{
	struct tide_record *record = new_record(t);

	if (likely(record))
		join_site(record, site);
	return record;
}

static void enter(struct thread *t, uint32_t key, uint32_t record)
{
	*slot_for(t, key) = (uint64_t)key << 32 | record;
	t->records_used++;
}

/* The overflow site's record is made first, while there is room. */
static bool has_room(struct thread *t)
{
	const struct tide_record *record;

	if (likely(t->records && t->records_used < t->records_mask / 4 * 3))
		return true;
	if (t->records)
		return grow_records(t) || t->records_used < t->records_mask;
	record = grow_records(t) ? make_record(t, 0) : NULL;
	if (record)
		enter(t, 0, record->number);
	return record;
}

static struct tide_record *overflow_record(const struct thread *t)
{
	uint32_t number = t->records ? (uint32_t)*slot_for(t, 0) : 0;

	return number ? profile_record(number) : NULL;
}

/* 0 when this place has none. */
static uint32_t find_record(const struct thread *t, uint32_t key)
{
	uint32_t number = is_cut(key) ? 0 : nodes_own_record(key, t->slot);

	if (likely(number))
		return number;
	return t->records ? (uint32_t)*slot_for(t, key) : 0;
}

struct tide_record *sites_record(struct thread *t, uint32_t site)
{
	uint32_t key = key_of_site(site), number = find_record(t, key);
	struct tide_record *record;

	if (likely(number))
		return profile_record(number);
	if (unlikely(!has_room(t)))
		return overflow_record(t);
	/* Now that of the overflow site is there. */
	record = site ? make_record(t, site) : NULL;
	if (!record)
		return overflow_record(t);
	enter(t, key, record->number);
	return record;
}

static uint32_t site_of(const struct tide_record *record)
{
	return __atomic_load_n(&record->site, __ATOMIC_RELAXED) & ~TIDE_RECORD_SHARED;
}

/*
 * The site of a node that has none yet, and its first record.  Where another thread was quicker,
 * that one's site is taken, and nothing refers to ours.
 */
static struct tide_record *begin_site(struct thread *t, uint32_t node)
{
	uint32_t site = new_site(&t->walk, node, t->tid);
	struct tide_record *record = site ? new_record(t) : NULL;

	if (!record)
		return NULL;
	record->site = site;
	profile_site(site)->first_record = record->number;
	if (nodes_set_record(node, t->slot, record->number))
		return record;
	profile_site(site)->first_record = 0;
	join_site(record, site_of(profile_record(nodes_record(node))));
	enter(t, node, record->number);
	return record;
}

/* A stack that is new to this place. */
static struct tide_record *add_walk(struct thread *t, uint32_t key)
{
	uint32_t node = key & KEY_NODE, first, site;
	struct tide_record *record = NULL;

	if (unlikely(!has_room(t)))
		return overflow_record(t);
	if (unlikely(is_cut(key))) {
		site = node ? cut_site(&t->walk, key, t->tid) : 0;
		record = site ? sites_record(t, site) : NULL;
	} else if (node && nodes_make_place(node, t->tid)) {
		first = nodes_record(node);
		record = first ? sites_record(t, site_of(profile_record(first)))
			       : begin_site(t, node);
	}
	if (likely(record))
		return record;
	profile_drop(profile_why_full());
	return overflow_record(t);
}

struct tide_record *sites_record_of_walk(struct thread *t)
{
	uint32_t node = nodes_name(t), key = key_of(node, flags_of(&t->walk));
	uint32_t number = node ? find_record(t, key) : 0;

	return likely(number) ? profile_record(number) : add_walk(t, key);
}
