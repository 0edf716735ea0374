/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "python/quick.h"

#include "verify.h"

/* Never a stack pointer: for entries that are only to be compared. */
static uintptr_t place_of(uintptr_t cfa)
{
	return cfa | verify_on;
}

/* Whatever these words say, they are there. */
static bool lie_on_own_stack(const struct thread *t, uintptr_t cfa,
			     const struct python_quick *quick)
{
	if (cfa - t->stack.low >= t->stack.high - t->stack.low)
		return false;
	for (uint32_t i = 0; i < quick->count; i++)
		if (quick->words[i] < -2 || cfa + 8 * (intptr_t)quick->words[i] >= t->stack.high)
			return false;
	return true;
}

/* Those of each entry on the way. */
static bool find_words(const struct memo *memo, const struct anchor *anchor,
		       struct python_quick *quick)
{
	int32_t distances[PYTHON_QUICK_WORDS];
	uint32_t count = memo_trace(memo, anchor, distances, PYTHON_QUICK_WORDS);

	if (count > PYTHON_QUICK_WORDS)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		quick->words[i] = (int16_t)distances[i];
		if (quick->words[i] != distances[i])
			return false;
	}
	/* The return address is the word before the first. */
	for (; count < PYTHON_QUICK_LEAST; count++)
		quick->words[count] = -1;
	quick->count = (uint16_t)count;
	return true;
}

static bool matches(const struct python_quick *quick, uintptr_t place, uintptr_t cfa, uint64_t key)
{
	return quick->cfa == place && python_quick_sum(quick, cfa, key) == quick->sum;
}

struct tide_record *python_quick_second(const struct python_thread *p, uint64_t sum, uintptr_t cfa,
					uint64_t key)
{
	const struct python_quick *quick = python_quick_at(p, sum);

	return matches(quick, cfa, cfa, key) ? quick->record : NULL;
}

/* A handler may jump out at any point: an entry has its place last. */
static void set(struct python_quick *to, const struct python_quick *quick)
{
	uintptr_t cfa = quick->cfa;

	to->cfa = 0;
	barrier();
	to->sum = quick->sum;
	to->record = quick->record;
	to->count = quick->count;
	__builtin_memcpy(to->words, quick->words, sizeof(to->words));
	barrier();
	to->cfa = cfa;
}

/* Where this stack's entry is, or is to be: in the first place unless that has another's. */
static struct python_quick *find_place(const struct python_thread *p, const struct anchor *anchor,
				       uint64_t key)
{
	const struct python_quick *first = python_quick_at(p, key);
	uint64_t sum;

	if (first->cfa != place_of(anchor->cfa))
		return (struct python_quick *)first;
	sum = python_quick_sum(first, anchor->cfa, key);
	return (struct python_quick *)(sum == first->sum ? first : python_quick_at(p, sum));
}

void python_quick_keep(struct thread *t, const struct anchor *anchor, uint64_t chain,
		       struct tide_record *record)
{
	uint64_t key = python_quick_key(anchor->cfa, anchor->ret, chain);
	struct python_quick quick = { .cfa = place_of(anchor->cfa), .record = record };

	if (!find_words(&t->memo, anchor, &quick) || !lie_on_own_stack(t, anchor->cfa, &quick))
		return;
	quick.sum = python_quick_sum(&quick, anchor->cfa, key);
	set(find_place(t->python, anchor, key), &quick);
}

void python_quick_verify(const struct thread *t, const struct anchor *anchor, uint64_t chain,
			 const struct tide_record *record)
{
	uint64_t key = python_quick_key(anchor->cfa, anchor->ret, chain);
	const struct python_quick *quick = find_place(t->python, anchor, key);

	if (matches(quick, place_of(anchor->cfa), anchor->cfa, key) && quick->record != record)
		__atomic_fetch_add(&profile.header->verify_differences, 1, __ATOMIC_RELAXED);
}
