/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The epochs against the plain way: copy every record's live value at each new peak. */
#include <stdio.h>
#include <string.h>

#include "lib/core.h"
#include "lib/unit.h"
#include "sites.h"

#define SITES  30
#define BLOCKS 400
#define EVENTS 4000

static struct {
	int64_t live[SITES], at_peak[SITES], high[SITES];
	int64_t total, peak;
} plain;

static struct tide_record records[SITES];
static struct thread *thread;

static void plain_change(int site, int64_t bytes)
{
	plain.live[site] += bytes;
	plain.total += bytes;
	if (plain.live[site] > plain.high[site])
		plain.high[site] = plain.live[site];
	if (plain.total <= plain.peak)
		return;
	plain.peak = plain.total;
	memcpy(plain.at_peak, plain.live, sizeof(plain.at_peak));
}

static int64_t at_peak(const struct tide_record *record)
{
	return record->snap_epoch == profile_pulse()->epoch ? record->snap_bytes
							    : record->live_bytes;
}

static void compare(void)
{
	int64_t sum = 0;

	ck_assert_int_eq(profile_pulse()->peak_bytes, plain.peak);
	for (int i = 0; i < SITES; i++) {
		ck_assert_int_eq(at_peak(&records[i]), plain.at_peak[i]);
		ck_assert_int_eq(records[i].live_bytes, plain.live[i]);
		ck_assert_int_eq(records[i].high_bytes, plain.high[i]);
		sum += at_peak(&records[i]);
	}
	ck_assert_int_eq(sum, plain.peak);
}

static void change(int site, int64_t bytes, int blocks)
{
	peak_change(thread, &records[site], bytes, blocks);
	plain_change(site, bytes);
}

START_TEST(epochs_equal_copies_at_every_event)
{
	struct {
		int site;
		int64_t bytes;
		bool live;
	} block[BLOCKS] = { 0 };
	uint64_t random = 2463534242u + (uint64_t)_i * 7919;

	for (int i = 0; i < EVENTS; i++) {
		int k = (int)(core_random(&random) % BLOCKS);

		if (block[k].live) {
			change(block[k].site, -block[k].bytes, -1);
		} else {
			block[k].site = (int)(core_random(&random) % SITES);
			block[k].bytes = (int64_t)(core_random(&random) % (_i % 2 ? 3 : 100000));
			change(block[k].site, block[k].bytes, 1);
		}
		block[k].live = !block[k].live;
		compare();
	}
}
END_TEST

START_TEST(a_moved_block_is_one_step)
{
	change(0, 1000, 1);
	peak_move(thread, &records[0], &records[1], (struct weight){ 1000, 1 },
		  (struct weight){ 1200, 1 });
	ck_assert_int_eq(profile_pulse()->peak_bytes, 1200);
	ck_assert_int_eq(at_peak(&records[0]), 0);
	ck_assert_int_eq(at_peak(&records[1]), 1200);
}
END_TEST

static void set_up(void)
{
	/* The thread sanitizer has a thread of its own; the events here are one thread's. */
	static const char alone = 1;

	core_begin();
	peak_single_threaded = &alone;
	thread = thread_enter(0);
	ck_assert_ptr_nonnull(thread);
}

static struct Suite *suite(void)
{
	Suite *s = suite_create("peak");
	TCase *c = tcase_create("peak");

	tcase_add_checked_fixture(c, set_up, core_end);
	tcase_add_loop_test(c, epochs_equal_copies_at_every_event, 0, 6);
	tcase_add_test(c, a_moved_block_is_one_step);
	suite_add_tcase(s, c);
	return s;
}

UNIT_MAIN_SUITE(suite)
