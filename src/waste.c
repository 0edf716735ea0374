/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "waste.h"

#include <fcntl.h>

#include "arena.h"
#include "profile.h"
#include "twins.h"

#define LEAF	   1024u
#define LEAVES	   (TIDE_CHUNKS_MAX * PROFILE_PER_CHUNK(struct tide_record) / LEAF)
#define PAGES_MOST 65536u /* of a record's blocks that are looked at: the time is bounded */

#define PAGE_SHIFT    12
#define WINDOW_PAGES  64u
#define WINDOWS_MOST  256u		  /* of larger blocks a part is looked at, evenly spread */
#define PAGE_IS_THERE ((uint64_t)3 << 62) /* in memory, or swapped out */

/* record -> its waste, 0 = none yet */
static uint32_t *leaves[LEAVES];

static struct tide_waste *waste_at(uint32_t number)
{
	return number ? PROFILE_AT(TIDE_SECTION_WASTE, struct tide_waste, number) : NULL;
}

static struct tide_waste *waste_of(uint32_t record)
{
	uint32_t *leaf = __atomic_load_n(&leaves[record / LEAF], __ATOMIC_ACQUIRE);

	return leaf ? waste_at(leaf[record % LEAF]) : NULL;
}

static uint32_t *make_leaf(uint32_t record, int tid)
{
	uint32_t *made = arena_take(LEAF * sizeof(*made), tid), *there = NULL;

	if (!made || __atomic_compare_exchange_n(&leaves[record / LEAF], &there, made, false,
						 __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return made;
	return there;
}

/* Number 0 is given to nobody. */
static uint32_t take_number(int tid)
{
	uint32_t number = profile_take(TIDE_SECTION_WASTE, tid);

	return number ? number : profile_take(TIDE_SECTION_WASTE, tid);
}

/* NULL when there is no room: advice is the last thing that a full recording is for. */
static struct tide_waste *make_waste(uint32_t record, int tid)
{
	uint32_t *leaf = __atomic_load_n(&leaves[record / LEAF], __ATOMIC_ACQUIRE), number;

	if (!leaf)
		leaf = make_leaf(record, tid);
	number = leaf ? take_number(tid) : 0;
	if (!number)
		return NULL;
	waste_at(number)->record = record;
	leaf[record % LEAF] = number;
	return waste_at(number);
}

static struct tide_waste *need_waste(struct thread *t, const struct tide_record *record)
{
	struct tide_waste *w = waste_of(record->number);

	return likely(w) ? w : make_waste(record->number, t->tid);
}

static uint32_t site_of(uint32_t record)
{
	return profile_record(record)->site & ~TIDE_RECORD_SHARED;
}

static void count(uint32_t *counter)
{
	*counter += *counter < UINT32_MAX;
}

void waste_came(struct thread *t, struct tide_record *record, uintptr_t address, size_t bytes)
{
	struct tide_waste *w = need_waste(t, record);
	uint32_t twin = twins_find(record->number, bytes);

	twins_put(address, record->number, bytes);
	if (!w)
		return;
	w->freed_ms = 0;
	if (!twin)
		return;
	count(&w->twins);
	w->twin_bytes += bytes;
	w->twin_site = site_of(twin);
}

void waste_kept(struct thread *t, struct tide_record *record, uintptr_t address, size_t bytes)
{
	need_waste(t, record);
	twins_put(address, record->number, bytes);
}

void waste_moves(uintptr_t address, size_t bytes)
{
	twins_drop(address, bytes);
}

void waste_grew(struct thread *t, struct tide_record *record, uint32_t old_record, size_t old_bytes,
		size_t bytes, bool moved)
{
	struct tide_waste *w = need_waste(t, record);

	if (!w)
		return;
	count(&w->grown);
	if (old_record == record->number || site_of(old_record) == site_of(record->number))
		count(&w->grown_again);
	w->grown_from_bytes += old_bytes;
	w->grown_to_bytes += bytes;
	w->moved_bytes += moved ? old_bytes : 0;
}

/* How many of these pages are neither in memory nor swapped out; negative when nobody can tell. */
static int count_absent(uint64_t page, uint32_t pages, int *pagemap)
{
	uint64_t words[WINDOW_PAGES];
	uint8_t *there = (uint8_t *)words;
	int absent = 0;

	if (sys_call(SYS_mincore, (long)(page << PAGE_SHIFT), (long)pages << PAGE_SHIFT,
		     (long)there, 0, 0, 0) < 0)
		return -1;
	for (uint32_t i = 0; i < pages; i++)
		absent += !(there[i] & 1);
	if (likely(!absent))
		return 0;
	if (*pagemap < 0)
		*pagemap = sys_open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC, 0);
	if (*pagemap < 0 || sys_call(SYS_pread64, *pagemap, (long)words, (long)pages * 8,
				     (long)(page * 8), 0, 0) != (long)pages * 8)
		return -1;
	absent = 0;
	for (uint32_t i = 0; i < pages; i++)
		absent += !(words[i] & PAGE_IS_THERE);
	return absent;
}

/* Whole pages alone: the ends of a block may share theirs with others. */
static void look(struct tide_waste *w, uintptr_t address, size_t bytes)
{
	uint64_t page = (address + 4095) >> PAGE_SHIFT, end = (address + bytes) >> PAGE_SHIFT;
	uint64_t step = (end - page + WINDOWS_MOST - 1) / WINDOWS_MOST;
	int pagemap = -1, absent;

	step = step > WINDOW_PAGES ? step : WINDOW_PAGES;
	for (; page < end; page += step) {
		uint32_t pages = end - page < WINDOW_PAGES ? (uint32_t)(end - page) : WINDOW_PAGES;

		absent = count_absent(page, pages, &pagemap);
		if (absent < 0)
			break;
		w->seen_pages += pages;
		w->untouched_pages += (uint32_t)absent;
	}
	if (pagemap >= 0)
		sys_close(pagemap);
}

/* The thread's own time may be old: programs rest. */
static uint32_t now_ms(void)
{
	uint64_t ms = profile_now_us() / 1000 + 1;

	return ms < UINT32_MAX ? (uint32_t)ms : UINT32_MAX;
}

void waste_goes(struct thread *t, struct tide_record *record, uintptr_t address, size_t bytes)
{
	struct tide_waste *w = need_waste(t, record);

	twins_drop(address, bytes);
	if (!w)
		return;
	if (!w->freed_ms)
		w->freed_ms = now_ms();
	if (w->seen_pages < PAGES_MOST && !sys_locked_down)
		look(w, address, bytes);
}

void waste_at_end(uint32_t record, uintptr_t address, size_t bytes)
{
	struct tide_waste *w = waste_of(record);

	if (w && w->seen_pages < PAGES_MOST)
		look(w, address, bytes);
}

void waste_after_fork(void)
{
	for (uint32_t i = 1; i < profile_count(TIDE_SECTION_WASTE); i++) {
		struct tide_waste *w = waste_at(i);

		*w = (struct tide_waste){ .record = w->record };
	}
}
