/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rules.h"

#include <tidemark/profile.h>

#include "arena.h"
#include "frames.h"
#include "index.h"
#include "profile.h"

#define BUCKETS_FIRST (1u << 10)
#define BUCKETS_MOST  (1u << 20)

#define RESERVED ((uint64_t)1)

struct rules_table *rules_table;
bool rules_frame_pointers;

static uint64_t pack(struct rule rule)
{
	return (uint64_t)rule.kind << RULE_KIND_SHIFT |
	       (uint64_t)rule.rbp_words << (RULE_FRAME_BITS + RULE_CFA_BITS) |
	       (uint64_t)rule.cfa_words << RULE_FRAME_BITS | rule.frame;
}

static struct rules_table *make_table(uint32_t buckets, int tid)
{
	struct rules_table *table = arena_take(sizeof(*table), tid);

	if (!table)
		return NULL;
	table->buckets = buckets;
	table->entries = arena_take((size_t)buckets * RULES_WAYS * sizeof(struct rules_entry), tid);
	return table->entries ? table : NULL;
}

/* The old table is left behind: a reader may be in it.  All of them together are a third more. */
static struct rules_table *grow(struct rules_table *old, int tid)
{
	uint32_t buckets = old ? old->buckets * 4 : BUCKETS_FIRST;
	struct rules_table *table;

	if (buckets > BUCKETS_MOST)
		return old;
	if (old)
		__atomic_store_n(&old->inserted, 0, __ATOMIC_RELAXED);
	table = make_table(buckets, tid);
	if (!table)
		return old;
	if (!__atomic_compare_exchange_n(&rules_table, &old, table, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_ACQUIRE))
		return old;
	return table;
}

static struct rules_table *table_now(int tid)
{
	struct rules_table *table = __atomic_load_n(&rules_table, __ATOMIC_ACQUIRE);

	return likely(table) ? table : grow(NULL, tid);
}

static struct rules_entry *victim(struct rules_entry *bucket, uint64_t key, uint64_t *old)
{
	unsigned way = (unsigned)(key >> 4) % RULES_WAYS;

	for (unsigned i = 0; i < RULES_WAYS; i++) {
		*old = __atomic_load_n(&bucket[i].key, __ATOMIC_RELAXED);
		if (*old == 0 || (*old != RESERVED && *old >> 48 != key >> 48))
			return &bucket[i];
	}
	*old = __atomic_load_n(&bucket[way].key, __ATOMIC_RELAXED);
	return *old == RESERVED ? NULL : &bucket[way];
}

static void enter(struct rules_table *table, uint64_t key, uint64_t rule, int tid)
{
	uint64_t old;
	struct rules_entry *entry = victim(rules_bucket(table, key), key, &old);

	if (!entry || !__atomic_compare_exchange_n(&entry->key, &old, RESERVED, false,
						   __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		return;
	__atomic_store_n(&entry->rule, rule, __ATOMIC_RELEASE);
	__atomic_store_n(&entry->key, key, __ATOMIC_RELEASE);
	if (__atomic_add_fetch(&table->inserted, 1, __ATOMIC_RELAXED) >
	    table->buckets * RULES_WAYS / 2)
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

uint64_t rules_find_slow(uintptr_t pc, bool exact, struct cfi_work *work, int tid)
{
	struct rules_table *table = table_now(tid);
	struct rule rule = learn(pc, exact, work, tid);
	uint64_t word = pack(rule);

	if (table && rule.kind != RULE_NONE)
		enter(table, rules_key(pc, exact), word, tid);
	return word;
}
