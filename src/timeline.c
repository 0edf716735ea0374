/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "timeline.h"

#include "arena.h"
#include "blocks.h"
#include "history.h"
#include "lock.h"
#include "mappings/mappings.h"
#include "profile.h"
#include "resident.h"

#define INTERVAL_FIRST_US 1000u
#define PERIOD_MOST	  64u  /* events between two readings of the clock */
#define STALE_US	  200u /* an older time than this is read more often */

static struct {
	struct lock lock;
	uint64_t due_us;
} timeline;

static struct tide_row *rows(void)
{
	return (struct tide_row *)((char *)profile.header + TIDE_TIMELINE_OFFSET);
}

void timeline_begin(void)
{
	profile.header->timeline_interval_us = INTERVAL_FIRST_US;
	timeline.due_us = 0;
	resident_begin();
}

/* Of two neighbours the one with more live memory stays, so that no peak is lost. */
static void merge(struct tide_header *h)
{
	struct tide_row *row = rows();

	for (uint32_t i = 0; i < TIDE_TIMELINE_ROWS / 2; i++)
		row[i] = row[2 * i].live_bytes > row[2 * i + 1].live_bytes ? row[2 * i]
									   : row[2 * i + 1];
	h->timeline_rows = TIDE_TIMELINE_ROWS / 2;
	h->timeline_interval_us *= 2;
}

/* A peak between two looks of the command's counts too. */
static bool note_rss_peak(struct tide_header *h, uint64_t now_us)
{
	uint64_t bytes = resident_peak(now_us);

	if (bytes > h->rss_peak_bytes)
		h->rss_peak_bytes = bytes;
	return bytes != 0;
}

/* What the command has seen is the RSS now; alone, the kernel tells the largest so far. */
static uint64_t resident_bytes(struct tide_header *h, uint64_t now_us)
{
	uint64_t now = __atomic_load_n(&h->rss_now_bytes, __ATOMIC_RELAXED);

	if (now)
		return now;
	if (!note_rss_peak(h, now_us))
		return 0;
	h->flags |= TIDE_FLAG_RSS_IS_PEAK;
	return h->rss_peak_bytes;
}

static void write_row(uint64_t now_us)
{
	struct tide_header *h = profile.header;
	int64_t live_bytes = __atomic_load_n(&h->pulse.live_bytes, __ATOMIC_RELAXED);
	int64_t live_blocks = thread_live_blocks() + mappings_counted_ranges();

	h->times.recorder_bytes = arena_bytes();
	if (h->timeline_rows >= TIDE_TIMELINE_ROWS)
		merge(h);
	rows()[h->timeline_rows] = (struct tide_row){
		.us = now_us,
		.live_bytes = live_bytes > 0 ? (uint64_t)live_bytes : 0,
		.live_blocks = live_blocks > 0 ? (uint64_t)live_blocks : 0,
		.rss_bytes = resident_bytes(h, now_us),
	};
	__atomic_store_n(&h->timeline_rows, h->timeline_rows + 1, __ATOMIC_RELEASE);
	__atomic_store_n(&timeline.due_us, now_us + h->timeline_interval_us, __ATOMIC_RELAXED);
}

/* Busy threads look rarely, idle ones at every event. */
static void set_period(struct thread *t, uint64_t since_us)
{
	if (since_us > STALE_US)
		t->clock_period = t->clock_period / 4 + 1;
	else if (t->clock_period < PERIOD_MOST)
		t->clock_period *= 2;
	t->until_clock = t->clock_period;
}

/*
 * How far the recording goes, should the process be killed; to a millisecond, for all threads share
 * it.
 */
static void note_time(uint64_t now_us)
{
	uint64_t *last_us = &profile_pulse()->now_us;

	if (now_us > __atomic_load_n(last_us, __ATOMIC_RELAXED) + 1000)
		__atomic_store_n(last_us, now_us, __ATOMIC_RELAXED);
}

static void write_due(uint64_t now_us, int tid)
{
	if (likely(now_us < __atomic_load_n(&timeline.due_us, __ATOMIC_RELAXED) &&
		   now_us < history_due_us()))
		return;
	if (!lock_take(&timeline.lock, tid))
		return;
	if (now_us >= timeline.due_us)
		write_row(now_us);
	history_tick(now_us, tid);
	lock_drop(&timeline.lock);
}

void timeline_tick(struct thread *t)
{
	uint64_t now_us = profile_now_us();

	set_period(t, now_us - t->now_us);
	t->now_us = now_us;
	t->now_ms = now_us / 1000 < UINT32_MAX ? (uint32_t)(now_us / 1000) : UINT32_MAX;
	t->birth = blocks_birth(t->now_ms);
	note_time(now_us);
	write_due(now_us, t->tid);
}

void timeline_look(void)
{
	uint64_t now_us = profile_now_us();

	note_time(now_us);
	write_due(now_us, thread_number());
}

void timeline_note(int tid)
{
	if (!lock_take(&timeline.lock, tid))
		return;
	write_row(profile_now_us());
	lock_drop(&timeline.lock);
}

void timeline_end(void)
{
	int tid = thread_number();

	if (!lock_take(&timeline.lock, tid))
		return;
	note_rss_peak(profile.header, UINT64_MAX);
	write_row(profile_now_us());
	history_end(profile_now_us(), tid);
	lock_drop(&timeline.lock);
}

void timeline_after_fork(void)
{
	timeline.lock.owner = 0;
	history_after_fork();
	timeline_begin();
}
