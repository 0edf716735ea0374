/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "marks.h"

#include "history.h"
#include "mappings/mappings.h"
#include "lock.h"
#include "timeline.h"

#define TEXT_MOST 4000u

static struct {
	struct lock lock;
	int64_t peak_bytes;	  /* since it was set back */
	struct history_sums sums; /* too large for a stack that may be small */
} marks;

int64_t marks_live(void)
{
	int64_t live = __atomic_load_n(&profile_pulse()->live_bytes, __ATOMIC_RELAXED) +
		       thread_pending_bytes();

	return live > 0 ? live : 0;
}

static void fill(struct tide_mark *mark, const char *text, size_t bytes, uint32_t flags, int tid)
{
	const struct tide_header *h = profile.header;
	struct history_sums *sums = &marks.sums;

	mark->us = profile_now_us();
	mark->live_blocks = thread_live_blocks() + mappings_counted_ranges();
	mark->peak_bytes = h->pulse.peak_bytes;
	mark->rss_bytes = __atomic_load_n(&h->rss_now_bytes, __ATOMIC_RELAXED);
	mark->text = profile_text(text, bytes, tid).offset;
	mark->tid = (uint32_t)tid;
	mark->flags = flags;
	sums->live_bytes = marks_live();
	for (int i = 0; i < TIDE_HISTORY_SITES; i++)
		sums->site[i] = 0;
	history_sum(sums, tid);
	mark->live_bytes = sums->live_bytes;
	for (int i = 0; i < TIDE_HISTORY_SITES; i++) {
		mark->site[i] = sums->site[i];
		mark->bytes[i] = sums->site[i] ? sums->bytes[i] : 0;
	}
}

/* The lock is held. */
static void add(const char *text, uint32_t flags, int tid)
{
	size_t bytes = sys_length(text);
	uint32_t number = 0;

	if (!profile_chunk_at[TIDE_SECTION_MARKS][0])
		profile_take(TIDE_SECTION_MARKS, tid);
	if (profile_chunk_at[TIDE_SECTION_MARKS][0] &&
	    profile_count(TIDE_SECTION_MARKS) < TIDE_MARKS_MOST)
		number = profile_take(TIDE_SECTION_MARKS, tid);
	if (!number) {
		profile.header->times.marks_dropped++;
		return;
	}
	timeline_note(tid);
	fill(PROFILE_AT(TIDE_SECTION_MARKS, struct tide_mark, number), text,
	     bytes < TEXT_MOST ? bytes : TEXT_MOST, flags, tid);
}

void marks_add(const char *text, uint32_t flags)
{
	int tid = thread_number();

	if (!lock_take(&marks.lock, tid)) {
		profile_drop(TIDE_DROP_REENTRANT);
		return;
	}
	add(text, flags, tid);
	lock_drop(&marks.lock);
}

void marks_from_outside(void)
{
	char text[TIDE_MARK_BYTES];

	sys_copy(text, profile.header->mark_text, sizeof(text));
	text[sizeof(text) - 1] = 0;
	marks_add(text, TIDE_MARK_OUTSIDE);
}

int64_t marks_peak(void)
{
	if (!(control_word() & TIDE_CONTROL_PEAK))
		return __atomic_load_n(&profile_pulse()->peak_bytes, __ATOMIC_RELAXED);
	return __atomic_load_n(&marks.peak_bytes, __ATOMIC_RELAXED);
}

void marks_peak_reset(void)
{
	__atomic_store_n(&marks.peak_bytes, marks_live(), __ATOMIC_RELAXED);
	__atomic_fetch_or(&profile_pulse()->control, TIDE_CONTROL_PEAK, __ATOMIC_ACQ_REL);
}

void marks_raise(const struct thread *t)
{
	int64_t live = __atomic_load_n(&profile_pulse()->live_bytes, __ATOMIC_RELAXED) +
		       t->pending_bytes;
	int64_t peak = __atomic_load_n(&marks.peak_bytes, __ATOMIC_RELAXED);

	while (live > peak && !__atomic_compare_exchange_n(&marks.peak_bytes, &peak, live, true,
							   __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

void marks_after_fork(void)
{
	marks.lock.owner = 0;
}
