/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rules.h"

#include <tidemark/profile.h>

#include "arena.h"
#include "frames.h"
#include "index.h"
#include "profile.h"

#define WAYS	      4u
#define BUCKETS_FIRST (1u << 10)
#define BUCKETS_MOST  (1u << 20)

#define EXACT_BIT ((uint64_t)1 << 47)
#define RESERVED  ((uint64_t)1)

struct entry {
	uint64_t key;
	uint64_t rule;
};

struct table {
	uint32_t buckets;
	uint32_t inserted;
	struct entry *entries;
};

static struct table *current;
bool rules_frame_pointers;

static uint64_t pack(struct rule rule)
{
	return (uint64_t)rule.kind << RULE_KIND_SHIFT |
	       (uint64_t)rule.rbp_words << (RULE_FRAME_BITS + RULE_CFA_BITS) |
	       (uint64_t)rule.cfa_words << RULE_FRAME_BITS | rule.frame;
}

static uint64_t key_of(uintptr_t pc, bool exact)
{
	uint64_t generation = __atomic_load_n(&modules_generation, __ATOMIC_ACQUIRE);

	return (pc & (EXACT_BIT - 1)) | (exact ? EXACT_BIT : 0) | generation << 48;
}

static struct entry *bucket_of(const struct table *table, uint64_t key)
{
	uint64_t hash = (key & (EXACT_BIT - 1)) * 0x9e3779b97f4a7c15u;

	return &table->entries[(hash >> 32 & (table->buckets - 1)) * WAYS];
}

static bool look_up(const struct entry *bucket, uint64_t key, uint64_t *rule)
{
	for (unsigned i = 0; i < WAYS; i++) {
		if (__atomic_load_n(&bucket[i].key, __ATOMIC_ACQUIRE) != key)
			continue;
		*rule = __atomic_load_n(&bucket[i].rule, __ATOMIC_ACQUIRE);
		if (__atomic_load_n(&bucket[i].key, __ATOMIC_RELAXED) == key)
			return true;
	}
	return false;
}

static struct table *make_table(uint32_t buckets, int tid)
{
	struct table *table = arena_take(sizeof(*table), tid);

	if (!table)
		return NULL;
	table->buckets = buckets;
	table->entries = arena_take((size_t)buckets * WAYS * sizeof(struct entry), tid);
	return table->entries ? table : NULL;
}

/* The old table is left behind: a reader may be in it.  All of them together are a third more. */
static struct table *grow(struct table *old, int tid)
{
	uint32_t buckets = old ? old->buckets * 4 : BUCKETS_FIRST;
	struct table *table;

	if (buckets > BUCKETS_MOST)
		return old;
	if (old)
		__atomic_store_n(&old->inserted, 0, __ATOMIC_RELAXED);
	table = make_table(buckets, tid);
	if (!table)
		return old;
	if (!__atomic_compare_exchange_n(&current, &old, table, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_ACQUIRE))
		return old;
	return table;
}

static struct table *table_now(int tid)
{
	struct table *table = __atomic_load_n(&current, __ATOMIC_ACQUIRE);

	return likely(table) ? table : grow(NULL, tid);
}

static struct entry *victim(struct entry *bucket, uint64_t key, uint64_t *old)
{
	unsigned way = (unsigned)(key >> 4) % WAYS;

	for (unsigned i = 0; i < WAYS; i++) {
		*old = __atomic_load_n(&bucket[i].key, __ATOMIC_RELAXED);
		if (*old == 0 || (*old != RESERVED && *old >> 48 != key >> 48))
			return &bucket[i];
	}
	*old = __atomic_load_n(&bucket[way].key, __ATOMIC_RELAXED);
	return *old == RESERVED ? NULL : &bucket[way];
}

static void enter(struct table *table, uint64_t key, uint64_t rule, int tid)
{
	uint64_t old;
	struct entry *entry = victim(bucket_of(table, key), key, &old);

	if (!entry || !__atomic_compare_exchange_n(&entry->key, &old, RESERVED, false,
						   __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		return;
	__atomic_store_n(&entry->rule, rule, __ATOMIC_RELEASE);
	__atomic_store_n(&entry->key, key, __ATOMIC_RELEASE);
	if (__atomic_add_fetch(&table->inserted, 1, __ATOMIC_RELAXED) > table->buckets * WAYS / 2)
		grow(table, tid);
}

static bool is_regular(const struct cfi_row *row, struct rule *rule)
{
	const struct cfi_rule *rip = &row->registers[CFI_RIP], *rbp = &row->registers[CFI_RBP];
	int64_t offset = row->cfa.value;

	if (row->signal_frame || row->cfa.how != CFI_VALUE)
		return false;
	if (row->cfa_register != CFI_RSP && row->cfa_register != CFI_RBP)
		return false;
	if (offset < 8 || offset & 7 || offset >> 3 >= 1 << RULE_CFA_BITS)
		return false;
	if (rip->how != CFI_OFFSET || rip->value != -8 || row->registers[CFI_RSP].how != CFI_SAME)
		return false;
	if (rbp->how == CFI_OFFSET) {
		if (rbp->value >= 0 || rbp->value & 7 || -rbp->value >> 3 >= 1 << RULE_RBP_BITS)
			return false;
		rule->rbp_words = (uint16_t)(-rbp->value >> 3);
	} else if (rbp->how != CFI_SAME) {
		return false;
	}
	rule->cfa_words = (uint32_t)(offset >> 3);
	rule->kind = row->cfa_register == CFI_RSP ? RULE_RSP : RULE_RBP;
	return true;
}

static void classify(uintptr_t pc, const struct modules_found *module, struct cfi_work *work,
		     struct rule *rule)
{
	if (rules_frame_pointers || cfi_find(pc, module, work) < 0)
		rule->kind = RULE_GUESS;
	else if (work->row.registers[CFI_RIP].how == CFI_UNDEFINED)
		rule->kind = RULE_END;
	else if (!is_regular(&work->row, rule))
		rule->kind = RULE_IRREGULAR;
}

static struct rule learn(uintptr_t pc, bool exact, struct cfi_work *work, int tid)
{
	struct rule rule = { .kind = RULE_NONE };
	struct modules_found module;
	uint32_t flags = exact ? TIDE_FRAME_EXACT : 0;

	modules_find(exact ? pc : pc - 1, tid, &module);
	classify(exact ? pc : pc - 1, &module, work, &rule);
	rule.frame = frames_intern(pc, module.number, flags, tid);
	if (!rule.frame)
		rule.kind = RULE_NONE;
	__atomic_fetch_add(&profile.header->rules_taught, 1, __ATOMIC_RELAXED);
	return rule;
}

uint64_t rules_find_word(uintptr_t pc, bool exact, struct cfi_work *work, int tid)
{
	uint64_t key = key_of(pc, exact), word;
	struct table *table = table_now(tid);
	struct rule rule;

	if (likely(table) && likely(look_up(bucket_of(table, key), key, &word)))
		return word;
	rule = learn(pc, exact, work, tid);
	word = pack(rule);
	if (table && rule.kind != RULE_NONE)
		enter(table, key, word, tid);
	return word;
}
