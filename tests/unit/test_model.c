/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mkprofile.h"
#include "lib/unit.h"
#include "reader/model.h"
#include "reader/reader.h"

static struct mkprofile mk;
static struct model m;

static void load(void)
{
	struct reader r;
	struct err e;
	size_t bytes;
	void *data = mk_finish(&mk, &bytes);

	ck_assert_int_eq(reader_open_memory(&r, data, bytes, &e), 0);
	ck_assert_int_eq(model_fold(&m, &r), 0);
	reader_close(&r);
	free(data);
	mk_free(&mk);
}

START_TEST(facts_are_taken_over)
{
	mk_sample(&mk);
	mk.header.flags = TIDE_FLAG_FORKED | TIDE_FLAG_FRAME_POINTERS;
	mk.header.forked_from = 12;
	mk.header.drops[TIDE_DROP_STACK_CUT] = 7;
	mk.header.verify_differences = 3;
	mk.header.end_status = 5;
	load();
	ck_assert_str_eq(m.program, "/usr/bin/sample");
	ck_assert_uint_eq(m.arg_count, 3);
	ck_assert_str_eq(m.args[2], "a b");
	ck_assert_str_eq(m.host, "tidepool");
	ck_assert_uint_eq(m.flags, MODEL_FORKED | MODEL_FRAME_POINTERS);
	ck_assert_uint_eq(m.forked_from, 12);
	ck_assert_uint_eq(m.drops[MODEL_STACK_CUT], 7);
	ck_assert_uint_eq(m.verify.differences, 3);
	ck_assert_int_eq(m.state, MODEL_EXITED);
	ck_assert_int_eq(m.end_status, 5);
	ck_assert_uint_eq(m.duration_us, 1240000);
	model_free(&m);
}
END_TEST

START_TEST(at_peak_is_the_snapshot_of_this_epoch)
{
	mk_sample(&mk);
	load();
	ck_assert_int_eq(m.sites[1].sums.at_peak_bytes, 6000);
	ck_assert_int_eq(m.sites[2].sums.at_peak_bytes, 4000);
	ck_assert_int_eq(m.sites[2].sums.at_peak_blocks, 40);
	ck_assert_int_eq(m.sites[2].sums.live_bytes, 9000);
	ck_assert_int_eq(m.sums.at_peak_bytes, 10000);
	ck_assert_int_eq(m.sums.live_bytes, 15000);
	ck_assert_uint_eq(m.sums.calls, 350);
	ck_assert(!m.sites[0].used);
	model_free(&m);
}
END_TEST

START_TEST(an_old_snapshot_counts_no_more)
{
	mk_sample(&mk);
	mk.header.pulse.epoch = 2;
	load();
	ck_assert_int_eq(m.sites[2].sums.at_peak_bytes, 9000);
	model_free(&m);
}
END_TEST

START_TEST(mappings_are_beside_the_heap)
{
	struct tide_mapping *mapping;

	mk_sample(&mk);
	mk_sample_times(&mk);
	mapping = mk_mapping(&mk, 1, TIDE_MAPPING_FILE, 0x1000, 4096);
	mapping->snap_bytes = 12288;
	mapping->snap_epoch = mk.header.pulse.epoch;
	load();
	ck_assert_int_eq(m.sums.at_peak_bytes, 10000);
	ck_assert_uint_eq(m.site_count - m.mapping_first, 3);
	ck_assert_int_eq(m.sites[m.mapping_first].made, MODEL_ANONYMOUS);
	ck_assert_int_eq(m.sites[m.mapping_first].sums.live_bytes, 1 << 20);
	ck_assert_uint_eq(m.sites[m.mapping_first].node, m.sites[1].node);
	ck_assert(!m.sites[m.mapping_first].used);
	ck_assert_int_eq(m.sites[m.mapping_first + 2].made, MODEL_FILE);
	ck_assert_int_eq(m.sites[m.mapping_first + 2].sums.at_peak_bytes, 12288);
	model_free(&m);
}
END_TEST

START_TEST(mappings_that_count_are_in_the_sums)
{
	mk_sample(&mk);
	mk_sample_times(&mk);
	mk.header.mapped.counted = 1u << TIDE_MAPPING_ANONYMOUS;
	load();
	ck_assert_int_eq(m.sums.at_peak_bytes, 10000 + (1 << 20));
	ck_assert(m.sites[m.mapping_first].used);
	ck_assert(!m.sites[m.mapping_first + 1].used);
	ck_assert_uint_eq(m.shares[m.share_count - 1].site, m.mapping_first);
	model_free(&m);
}
END_TEST

START_TEST(threads_add_up)
{
	uint32_t site, second;
	struct tide_record *r;

	mk_init(&mk);
	second = mk_thread(&mk, 99, "worker");
	site = mk_site(&mk, mk_node(&mk, 0, mk_frame(&mk, 1, 0)));
	r = mk_record(&mk, site, 0);
	r->live_bytes = 1000;
	r->live_blocks = 10;
	r->calls = 10;
	r->high_bytes = 700;
	r->first_ms = 50;
	r->last_ms = 60;
	r->histogram[3] = 4;
	r = mk_record(&mk, site | TIDE_RECORD_SHARED, second);
	r->live_bytes = -400;
	r->live_blocks = -4;
	r->calls = 2;
	r->high_bytes = 100;
	r->first_ms = 40;
	r->last_ms = 90;
	r->histogram[3] = 5;
	((struct tide_site *)mk_item(&mk, TIDE_SECTION_SITES, site))->flags = TIDE_SITE_SHARED;
	((struct tide_site *)mk_item(&mk, TIDE_SECTION_SITES, site))->shared_high = 900;
	load();
	ck_assert_int_eq(m.sites[site].sums.live_bytes, 600);
	ck_assert_int_eq(m.sites[site].sums.live_blocks, 6);
	ck_assert_int_eq(m.sites[site].own_peak_bytes, 900);
	ck_assert_uint_eq(m.sites[site].threads, 2);
	ck_assert_uint_eq(m.sites[site].first_ms, 40);
	ck_assert_uint_eq(m.sites[site].last_ms, 90);
	ck_assert_uint_eq(m.sites[site].histogram[3], 9);
	ck_assert_str_eq(m.threads[second].name, "worker");
	model_free(&m);
}
END_TEST

START_TEST(findings_of_a_scan_add_up)
{
	mk_sample_leaks(&mk);
	load();
	ck_assert_int_eq(m.scan.state, MODEL_SCAN_DONE);
	ck_assert_uint_eq(m.scan.us, 1230000);
	ck_assert_uint_eq(m.sites[1].leaks.bytes[MODEL_DEFINITE], 1000);
	ck_assert_uint_eq(m.sites[1].leaks.blocks[MODEL_POSSIBLE], 30);
	ck_assert_uint_eq(m.sites[1].leaks.held_bytes, 1000);
	ck_assert_uint_eq(m.leaks.bytes[MODEL_REACHABLE], 12000);
	ck_assert_uint_eq(m.leaks.blocks[MODEL_REACHABLE], 130);
	ck_assert_uint_eq(m.leak_block_count, 4);
	ck_assert_uint_eq(m.leak_blocks[2].leader, 1);
	ck_assert_int_eq(m.leak_blocks[3].leak_class, MODEL_REACHABLE);
	ck_assert_uint_eq(m.leak_blocks[3].holder, 2);
	ck_assert_int_eq(m.holders[2].kind, MODEL_HOLDER_BLOCK);
	ck_assert_uint_eq(m.holders[2].outer, 1);
	ck_assert_int_eq(m.holders[1].kind, MODEL_HOLDER_DATA);
	model_free(&m);
	mk_sample(&mk);
	mk.header.scan.state = TIDE_SCAN_TIMED_OUT;
	load();
	ck_assert_int_eq(m.scan.state, MODEL_SCAN_TIMED_OUT);
	ck_assert_uint_eq(m.leaks.blocks[MODEL_REACHABLE], 0);
	ck_assert_uint_eq(m.leak_block_count, 0);
	model_free(&m);
}
END_TEST

START_TEST(evidence_of_waste_adds_up_by_site)
{
	uint32_t thread;

	mk_sample(&mk);
	thread = mk_thread(&mk, 4712, "worker");
	mk_record(&mk, 2, thread)->calls = 1;
	mk_waste(&mk, 1)->grown = 5;
	*mk_waste(&mk, 3) = (struct tide_waste){ .record = 3, .grown = 2, .freed_ms = 70 };
	load();
	ck_assert_uint_eq(m.sites[2].waste.grown, 7);
	ck_assert_uint_eq(m.sites[2].waste.freed_ms, 70);
	ck_assert_uint_eq(m.sites[1].waste.grown, 0);
	model_free(&m);
}
END_TEST

START_TEST(extreme_numbers_do_no_harm)
{
	struct tide_record *r;
	int i;

	mk_init(&mk);
	for (i = 0; i < 3; i++) {
		r = mk_record(&mk, 0, 0);
		r->live_bytes = INT64_MAX;
		r->live_blocks = INT64_MIN;
		r->total_bytes = r->calls = UINT64_MAX;
	}
	load();
	ck_assert(m.sites[0].used);
	model_free(&m);
}
END_TEST

START_TEST(a_run_without_an_end_lasts_to_its_last_row)
{
	mk_sample(&mk);
	mk.header.end_us = 0;
	mk.header.state = TIDE_RUNNING;
	load();
	ck_assert_uint_eq(m.duration_us, 1200000);
	ck_assert_int_eq(m.state, MODEL_RUNNING);
	model_free(&m);
}
END_TEST

UNIT_MAIN("model", facts_are_taken_over, at_peak_is_the_snapshot_of_this_epoch,
	  an_old_snapshot_counts_no_more, mappings_are_beside_the_heap,
	  mappings_that_count_are_in_the_sums, threads_add_up, findings_of_a_scan_add_up,
	  evidence_of_waste_adds_up_by_site, extreme_numbers_do_no_harm,
	  a_run_without_an_end_lasts_to_its_last_row)
