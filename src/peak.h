/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The composition of the peak, without an event log.
 *
 * An epoch begins when live rises above the old peak after having fallen since.  While the process
 * is below its peak, the first change to a record in the epoch saves the record's live value as its
 * snapshot.  So, at any instant:
 *   at-peak of a record = snap_epoch == pulse.epoch ? snap : live
 *
 * With one thread this is exact.  With several, each holds back up to `batch_bytes` of live, so the
 * moment of the peak, and the sum of the at-peak values, are off by at most threads x batch
 * (pulse.error_bytes).  Hook-safe; the caller owns the record.
 */
#ifndef SRC_PEAK_H
#define SRC_PEAK_H

#include "profile.h"
#include "sample.h"
#include "thread.h"

/* libc's own word: false from the moment the program makes its first thread. */
OURS const char *peak_single_threaded;

void peak_begin(void);

/* Hand pending_bytes over to the process; with the moment of the peak when it is one. */
void peak_publish(struct thread *t, struct tide_pulse *pulse);

/* The same as peak_below, for a change that no thread's place can book. */
bool peak_below_outside(struct tide_pulse *pulse, int64_t change);

/* A thread came or went. */
void peak_threads(int change);

/* Hand a shared site's record over to the site's own sum. */
void peak_share(const struct tide_pulse *pulse, struct tide_record *record);

static inline bool peak_alone(void)
{
	return __atomic_load_n(peak_single_threaded, __ATOMIC_RELAXED);
}

/* One instruction, so that a signal handler's own change is not lost in between. */
static inline int64_t peak_add_alone(int64_t *word, int64_t change)
{
	int64_t old = change;

	__asm__ volatile("xaddq %0, %1" : "+r"(old), "+m"(*word) : : "cc", "memory");
	return old + change;
}

/* Does this change leave the process below its peak? */
static inline bool peak_below_alone(struct thread *t, struct tide_pulse *pulse, int64_t change)
{
	int64_t live = peak_add_alone(&pulse->live_bytes, change);

	if (live <= pulse->peak_bytes) {
		pulse->fallen = 1;
		return true;
	}
	if (pulse->fallen) {
		pulse->fallen = 0;
		pulse->epoch++;
	}
	pulse->peak_bytes = live;
	pulse->peak_us = t->now_us;
	return false;
}

static inline bool peak_below_shared(struct thread *t, struct tide_pulse *pulse, int64_t change)
{
	int64_t batch = __atomic_load_n(&pulse->batch_bytes, __ATOMIC_RELAXED);
	int64_t pending = t->pending_bytes + change;
	int64_t live = __atomic_load_n(&pulse->live_bytes, __ATOMIC_RELAXED) + pending;
	bool below = live <= __atomic_load_n(&pulse->peak_bytes, __ATOMIC_RELAXED);
	bool fallen = __atomic_load_n(&pulse->fallen, __ATOMIC_RELAXED);

	t->pending_bytes = pending;
	if (below && !fallen)
		__atomic_store_n(&pulse->fallen, 1, __ATOMIC_RELAXED);
	if (pending > batch || pending < -batch || (!below && fallen))
		peak_publish(t, pulse);
	return below;
}

static __attribute__((always_inline)) inline bool
peak_below(struct thread *t, struct tide_pulse *pulse, int64_t change)
{
	return peak_alone() ? peak_below_alone(t, pulse, change)
			    : peak_below_shared(t, pulse, change);
}

/* Move a record's live values, saving its snapshot first where this epoch needs one. */
static __attribute__((always_inline)) inline void peak_apply(struct tide_pulse *pulse,
							     struct tide_record *record, bool below,
							     int64_t bytes, int blocks)
{
	uint32_t epoch = __atomic_load_n(&pulse->epoch, __ATOMIC_RELAXED);

	int64_t live = record->live_bytes + bytes;

	if (below && record->snap_epoch != epoch) {
		record->snap_bytes = record->live_bytes;
		record->snap_blocks = record->live_blocks;
		barrier();
		record->snap_epoch = epoch;
	}
	record->live_bytes = live;
	record->live_blocks += blocks;
	if (unlikely(__atomic_load_n(&record->site, __ATOMIC_RELAXED) & TIDE_RECORD_SHARED))
		peak_share(pulse, record);
	else if (live > record->high_bytes)
		record->high_bytes = live;
}

static __attribute__((always_inline)) inline void
peak_change(struct thread *t, struct tide_record *record, int64_t bytes, int blocks)
{
	struct tide_pulse *pulse = profile_pulse();

	peak_apply(pulse, record, peak_below(t, pulse, bytes), bytes, blocks);
}

/* A block goes from one record to another and changes its size: one step for the process. */
static inline void peak_move(struct thread *t, struct tide_record *from, struct tide_record *to,
			     struct weight old, struct weight new)
{
	struct tide_pulse *pulse = profile_pulse();
	bool below = peak_below(t, pulse, new.bytes - old.bytes);

	peak_apply(pulse, from, below, -old.bytes, -(int)old.blocks);
	peak_apply(pulse, to, below, new.bytes, (int)new.blocks);
}

#endif
