/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peak.h"

#include <dlfcn.h>

#define BATCH_LEAST 512
#define BATCH_SHARE 1000 /* of the peak, over all threads */

static const char never_alone;
const char *peak_single_threaded = &never_alone;

void peak_begin(void)
{
	/* glibc 2.32; by dlsym so that an older one still loads the library. */
	const char *word = dlsym(RTLD_DEFAULT, "__libc_single_threaded");

	if (word)
		peak_single_threaded = word;
}

static void set_batch(struct tide_pulse *pulse)
{
	int64_t threads = __atomic_load_n(&pulse->threads, __ATOMIC_RELAXED);
	int64_t peak = __atomic_load_n(&pulse->peak_bytes, __ATOMIC_RELAXED);
	int64_t batch = peak / (BATCH_SHARE * (threads ? threads : 1));

	if (batch < BATCH_LEAST)
		batch = BATCH_LEAST;
	if (batch != __atomic_load_n(&pulse->batch_bytes, __ATOMIC_RELAXED))
		__atomic_store_n(&pulse->batch_bytes, batch, __ATOMIC_RELAXED);
	if (threads * batch > __atomic_load_n(&pulse->error_bytes, __ATOMIC_RELAXED))
		__atomic_store_n(&pulse->error_bytes, threads * batch, __ATOMIC_RELAXED);
}

static void raise_peak(uint64_t now_us, struct tide_pulse *pulse, int64_t live)
{
	int64_t peak = __atomic_load_n(&pulse->peak_bytes, __ATOMIC_RELAXED);

	while (live > peak)
		if (__atomic_compare_exchange_n(&pulse->peak_bytes, &peak, live, true,
						__ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
			break;
	if (live <= peak)
		return;
	pulse->peak_us = now_us;
	if (__atomic_load_n(&pulse->fallen, __ATOMIC_RELAXED) &&
	    __atomic_exchange_n(&pulse->fallen, 0, __ATOMIC_ACQ_REL))
		__atomic_fetch_add(&pulse->epoch, 1, __ATOMIC_ACQ_REL);
}

void peak_publish(struct thread *t, struct tide_pulse *pulse)
{
	int64_t pending = t->pending_bytes;
	int64_t live = __atomic_add_fetch(&pulse->live_bytes, pending, __ATOMIC_ACQ_REL);

	t->pending_bytes = 0;
	if (live > __atomic_load_n(&pulse->peak_bytes, __ATOMIC_RELAXED))
		raise_peak(t->now_us, pulse, live);
	set_batch(pulse);
}

bool peak_below_outside(struct tide_pulse *pulse, int64_t change)
{
	int64_t live = __atomic_add_fetch(&pulse->live_bytes, change, __ATOMIC_ACQ_REL);

	if (live > __atomic_load_n(&pulse->peak_bytes, __ATOMIC_RELAXED)) {
		raise_peak(profile_now_us(), pulse, live);
		return false;
	}
	__atomic_store_n(&pulse->fallen, 1, __ATOMIC_RELAXED);
	return true;
}

void peak_threads(int change)
{
	struct tide_pulse *pulse = profile_pulse();
	uint32_t now = __atomic_add_fetch(&pulse->threads, (uint32_t)change, __ATOMIC_ACQ_REL);
	uint32_t *threads_most = &profile.header->threads_most;
	uint32_t most = __atomic_load_n(threads_most, __ATOMIC_RELAXED);

	while (change > 0 && now > most &&
	       !__atomic_compare_exchange_n(threads_most, &most, now, true, __ATOMIC_RELAXED,
					    __ATOMIC_RELAXED))
		;
	if (now > 1)
		__atomic_fetch_or(&profile.header->flags, TIDE_FLAG_THREADED, __ATOMIC_RELAXED);
}

void peak_share(const struct tide_pulse *pulse, struct tide_record *record)
{
	int64_t batch = __atomic_load_n(&pulse->batch_bytes, __ATOMIC_RELAXED);
	int64_t change = record->live_bytes - record->published, high, live;
	struct tide_site *site;

	if (change <= batch && change >= -batch)
		return;
	site = profile_site(record->site & ~TIDE_RECORD_SHARED);
	live = __atomic_add_fetch(&site->shared_live, change, __ATOMIC_RELAXED);
	record->published = record->live_bytes;
	high = __atomic_load_n(&site->shared_high, __ATOMIC_RELAXED);
	while (live > high && !__atomic_compare_exchange_n(&site->shared_high, &high, live, true,
							   __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}
