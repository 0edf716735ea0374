/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "history.h"

#include "lock.h"
#include "mappings/mappings.h"

#define SLOTS		  TIDE_HISTORY_SITES
#define INTERVAL_FIRST_US 1000u
#define PART_RECORDS	  16384u /* of one pass, at most, at a time */
/* A record costs 5 to 30 ns; by count, for the clock may show that we were preempted. */
#define REST_US(records) (500u + 2 * (records))
#define AHEAD		 16u  /* records that are fetched */
#define FINDER		 256u /* cells, a power of two */

uint64_t history_due;

static struct {
	struct lock lock;
	uint32_t next_record; /* of a pass that is under way, else 0 */
	int64_t live_bytes;
	int64_t bytes[SLOTS];
	int64_t most[SLOTS]; /* in any row */
	/* site -> slot + 1, open addressing; a site's number and its slot in one word */
	uint64_t finder[FINDER];
	/* the largest sites without a column, as the pass met them */
	uint32_t other_site[SLOTS];
	int64_t other_bytes[SLOTS];
	uint32_t others;
	int64_t others_least;
} history;

static struct tide_history *columns(void)
{
	return PROFILE_AT(TIDE_SECTION_HISTORY, struct tide_history, 0);
}

static struct tide_history_row *row_at(uint32_t number)
{
	return PROFILE_AT(TIDE_SECTION_HISTORY, struct tide_history_row, number);
}

static uint32_t finder_cell(uint32_t site)
{
	return (uint32_t)((site * 0x9e3779b97f4a7c15u) >> 56) & (FINDER - 1);
}

static void build_finder(void)
{
	for (uint32_t i = 0; i < FINDER; i++)
		history.finder[i] = 0;
	for (uint32_t slot = 0; slot < SLOTS; slot++) {
		uint32_t site = columns()->site[slot], i = finder_cell(site);

		if (!site)
			continue;
		while (history.finder[i])
			i = (i + 1) & (FINDER - 1);
		history.finder[i] = (uint64_t)site << 32 | (slot + 1);
	}
}

/* The column of a site, or -1. */
static int slot_of(uint32_t site)
{
	uint32_t i = finder_cell(site);

	while (history.finder[i] && history.finder[i] >> 32 != site)
		i = (i + 1) & (FINDER - 1);
	return (int)(uint32_t)history.finder[i] - 1;
}

static bool begin(int tid)
{
	if (likely(profile_chunk_at[TIDE_SECTION_HISTORY][0]))
		return true;
	if (profile.header->flags & TIDE_FLAG_SEALED)
		return false;
	profile_take(TIDE_SECTION_HISTORY, tid);
	if (!profile_chunk_at[TIDE_SECTION_HISTORY][0])
		return false;
	profile.header->times.history_interval_us = INTERVAL_FIRST_US;
	return true;
}

void history_begin(int tid)
{
	begin(tid);
}

static void find_least(void)
{
	history.others_least = INT64_MAX;
	for (uint32_t i = 0; i < history.others; i++)
		if (history.other_bytes[i] < history.others_least)
			history.others_least = history.other_bytes[i];
}

static void note_other(uint32_t site, int64_t bytes)
{
	uint32_t at = history.others, i;

	for (i = 0; i < history.others; i++) {
		if (history.other_site[i] == site)
			return;
		if (at == SLOTS && history.other_bytes[i] == history.others_least)
			at = i;
	}
	if (at == history.others)
		history.others++;
	history.other_site[at] = site;
	history.other_bytes[at] = bytes;
	if (history.others == SLOTS)
		find_least();
}

static void look_at(uint32_t number)
{
	const struct tide_record *record = profile_record(number);
	uint32_t word = __atomic_load_n(&record->site, __ATOMIC_RELAXED);
	uint32_t site = word & ~TIDE_RECORD_SHARED;
	int64_t bytes = __atomic_load_n(&record->live_bytes, __ATOMIC_RELAXED);
	int slot;

	if (!bytes)
		return;
	history.live_bytes += bytes;
	slot = slot_of(site);
	if (slot >= 0) {
		history.bytes[slot] += bytes;
		return;
	}
	if (word & TIDE_RECORD_SHARED)
		bytes = __atomic_load_n(&profile_site(site)->shared_live, __ATOMIC_RELAXED);
	if (site && bytes > history.others_least)
		note_other(site, bytes);
}

static void begin_pass(void)
{
	build_finder();
	history.next_record = 0;
	history.live_bytes = 0;
	history.others = 0;
	history.others_least = 0;
	for (int slot = 0; slot < SLOTS; slot++)
		history.bytes[slot] = 0;
}

/* True when the pass is through. */
static bool go_on(uint32_t records_most)
{
	uint32_t count = profile_count(TIDE_SECTION_RECORDS);
	uint32_t until = history.next_record + records_most;

	if (until > count || until < history.next_record)
		until = count;
	for (uint32_t i = history.next_record; i < until; i++) {
		if (i + AHEAD < until)
			__builtin_prefetch(profile_record(i + AHEAD));
		look_at(i);
	}
	history.next_record = until;
	return until == count;
}

static uint32_t row_count(void)
{
	return profile.header->times.history;
}

/* Its past goes to the others: the rows of old are no longer this column's. */
static void give_column(int slot, uint32_t site, uint32_t now_ms)
{
	struct tide_history *to = columns();

	to->site[slot] = 0;
	for (uint32_t i = 1; i < row_count(); i++)
		row_at(i)->bytes[slot] = 0;
	to->since_ms[slot] = now_ms;
	__atomic_store_n(&to->site[slot], site, __ATOMIC_RELEASE);
	history.bytes[slot] = 0;
	history.most[slot] = 0;
}

static int smallest_column(void)
{
	int smallest = 0;

	for (int slot = 0; slot < SLOTS; slot++) {
		if (!columns()->site[slot])
			return slot;
		if (history.most[slot] < history.most[smallest])
			smallest = slot;
	}
	return smallest;
}

/* Whether any of the sites just met has got a column. */
static bool adopt(uint32_t now_ms)
{
	bool any = false;

	for (uint32_t i = 0; i < history.others; i++) {
		int slot = smallest_column();
		int64_t most = columns()->site[slot] ? history.most[slot] : 0;

		/* Two sites of a size must not take turns. */
		if (history.other_bytes[i] <= most + most / 8)
			continue;
		give_column(slot, history.other_site[i], now_ms);
		/* As it was met; of a site that threads share, as far as they have published it. */
		history.bytes[slot] = history.most[slot] = history.other_bytes[i];
		any = true;
	}
	return any;
}

static void note_most(void)
{
	for (int slot = 0; slot < SLOTS; slot++)
		if (history.bytes[slot] > history.most[slot])
			history.most[slot] = history.bytes[slot];
}

static void merge(void)
{
	uint32_t to = 1, from;

	for (from = 1; from + 1 < TIDE_HISTORY_ROWS; from += 2) {
		const struct tide_history_row *a = row_at(from), *b = row_at(from + 1);

		*row_at(to++) = a->live_bytes > b->live_bytes ? *a : *b;
	}
	if (from < TIDE_HISTORY_ROWS)
		*row_at(to++) = *row_at(from);
	__atomic_store_n(&profile.header->times.history, to, __ATOMIC_RELEASE);
	profile.header->times.history_interval_us *= 2;
}

static void write_row(uint64_t now_us)
{
	struct tide_history_row *row;
	uint32_t number;

	if (row_count() >= TIDE_HISTORY_ROWS)
		merge();
	number = row_count() ? row_count() : 1;
	row = row_at(number);
	row->us = now_us;
	row->live_bytes = history.live_bytes + mappings_counted_bytes();
	for (int slot = 0; slot < SLOTS; slot++)
		row->bytes[slot] = history.bytes[slot];
	__atomic_store_n(&profile.header->times.history, number + 1, __ATOMIC_RELEASE);
	note_most();
}

/* A short pass is done again for those that have just got a column, for threads may share them. */
static void finish_pass(uint64_t now_us)
{
	uint32_t now_ms = now_us / 1000 < UINT32_MAX ? (uint32_t)(now_us / 1000) : UINT32_MAX;

	if (adopt(now_ms) && history.next_record <= PART_RECORDS) {
		begin_pass();
		go_on(UINT32_MAX);
	}
	write_row(now_us);
	history.next_record = 0;
}

void history_tick(uint64_t now_us, int tid)
{
	uint64_t rest_us, interval_us = 0;
	uint32_t from;

	if (now_us < history_due || !lock_take(&history.lock, tid))
		return;
	if (begin(tid)) {
		if (!history.next_record)
			begin_pass();
		from = history.next_record;
		if (go_on(PART_RECORDS)) {
			rest_us = REST_US(history.next_record - from);
			finish_pass(now_us);
			interval_us = profile.header->times.history_interval_us;
		} else {
			rest_us = REST_US(PART_RECORDS);
		}
		history_due = now_us + (rest_us > interval_us ? rest_us : interval_us);
	} else {
		history_due = UINT64_MAX;
	}
	lock_drop(&history.lock);
}

void history_end(uint64_t now_us, int tid)
{
	if (!lock_take(&history.lock, tid))
		return;
	if (begin(tid)) {
		begin_pass();
		go_on(UINT32_MAX);
		finish_pass(now_us);
	}
	lock_drop(&history.lock);
}

bool history_sum(struct history_sums *sums, int tid)
{
	uint64_t now_us = profile_now_us();

	if (!lock_take(&history.lock, tid))
		return false;
	if (begin(tid)) {
		begin_pass();
		go_on(UINT32_MAX);
		if (adopt((uint32_t)(now_us / 1000))) {
			begin_pass();
			go_on(UINT32_MAX);
		}
		write_row(now_us);
		sums->live_bytes = history.live_bytes + mappings_counted_bytes();
		for (int slot = 0; slot < SLOTS; slot++) {
			sums->site[slot] = columns()->site[slot];
			sums->bytes[slot] = history.bytes[slot];
		}
		history.next_record = 0;
	}
	lock_drop(&history.lock);
	return true;
}

void history_after_fork(void)
{
	struct tide_history *to;

	history.lock.owner = 0;
	history_due = 0;
	history.next_record = 0;
	for (int slot = 0; slot < SLOTS; slot++)
		history.most[slot] = 0;
	if (!profile_chunk_at[TIDE_SECTION_HISTORY][0])
		return;
	to = columns();
	for (int slot = 0; slot < SLOTS; slot++)
		to->site[slot] = to->since_ms[slot] = 0;
	profile.header->times.history_interval_us = INTERVAL_FIRST_US;
}
