/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scan/pending.h"

#include <errno.h>

#include "arena.h"

#define WORDS (HEAP_GROUPS / 64)

/* One for each region, in the order of heap.regions. */
struct sums {
	uint64_t words; /* those that are not 0 */
	uint64_t groups[WORDS];
};

static struct sums *sums;
static size_t sums_bytes;

int pending_begin(void)
{
	sums_bytes = (heap.regions_used + 1) * sizeof(*sums);
	sums = arena_map(sums_bytes);
	return sums ? 0 : -ENOMEM;
}

void pending_end(void)
{
	if (sums)
		arena_unmap(sums, sums_bytes);
	sums = NULL;
}

static inline void set(uint64_t *word, unsigned bit)
{
	if (!(__atomic_load_n(word, __ATOMIC_SEQ_CST) >> bit & 1))
		__atomic_fetch_or(word, (uint64_t)1 << bit, __ATOMIC_SEQ_CST);
}

static void note(struct sums *s, uint32_t group)
{
	set(&s->groups[group / 64], group & 63);
	set(&s->words, group / 64);
}

void pending_add_slow(struct heap_group *group, uintptr_t at, uint64_t page)
{
	if (!__atomic_fetch_or(&group->pending, page, __ATOMIC_SEQ_CST))
		note(&sums[heap.slots[heap_region_of(at)]], heap_group_of(at));
}

static unsigned lowest(uint64_t bits)
{
	return (unsigned)__builtin_ctzll(bits);
}

static unsigned highest(uint64_t bits)
{
	return 63 - (unsigned)__builtin_clzll(bits);
}

/* The first noted group from this one on, in the lift's direction; HEAP_GROUPS: none. */
static uint32_t find_in(const struct sums *s, uint32_t group, const struct pending_lift *lift)
{
	uint64_t words = __atomic_load_n(&s->words, __ATOMIC_SEQ_CST);
	unsigned at = group / 64;

	words &= lift->down ? ~((uint64_t)-2 << at) : (uint64_t)-1 << at;
	while (words) {
		unsigned word = lift->down ? highest(words) : lowest(words);
		uint64_t bits = __atomic_load_n(&s->groups[word], __ATOMIC_SEQ_CST) & lift->mask;

		if (word == at)
			bits &= lift->down ? ~((uint64_t)-2 << (group & 63))
					   : (uint64_t)-1 << (group & 63);
		if (bits)
			return word * 64 + (lift->down ? highest(bits) : lowest(bits));
		words &= ~((uint64_t)1 << word);
	}
	return HEAP_GROUPS;
}

/* From where the lift is to the end of its way. */
static bool find(struct pending_lift *lift)
{
	uint32_t group = lift->group, slot = lift->slot;

	while (slot && slot <= heap.regions_used) {
		uint32_t found = find_in(&sums[slot], group, lift);

		if (found != HEAP_GROUPS) {
			lift->slot = slot;
			lift->group = found;
			return true;
		}
		slot += lift->down ? -1u : 1u;
		group = lift->down ? HEAP_GROUPS - 1 : 0;
	}
	return false;
}

static void forget(struct sums *s, uint32_t group)
{
	uint64_t bit = (uint64_t)1 << (group & 63), word = (uint64_t)1 << (group / 64);

	if (__atomic_and_fetch(&s->groups[group / 64], ~bit, __ATOMIC_SEQ_CST))
		return;
	__atomic_fetch_and(&s->words, ~word, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&s->groups[group / 64], __ATOMIC_SEQ_CST))
		__atomic_fetch_or(&s->words, word, __ATOMIC_SEQ_CST);
}

struct heap_group *pending_next(struct pending_lift *lift, uintptr_t *start)
{
	struct heap_region *r;

	if (!lift->slot)
		lift->slot = 1;
	if (!find(lift)) {
		lift->down = !lift->down;
		if (!find(lift))
			return NULL;
	}
	forget(&sums[lift->slot], lift->group);
	r = &heap.regions[lift->slot];
	*start = r->start + ((uintptr_t)lift->group << HEAP_GROUP);
	return &r->groups[lift->group];
}

bool pending_any(void)
{
	for (uint32_t slot = 1; slot <= heap.regions_used; slot++)
		if (__atomic_load_n(&sums[slot].words, __ATOMIC_SEQ_CST))
			return true;
	return false;
}
