/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/mkprofile.h"
#include "lib/unit.h"
#include "reader/reader.h"
#include "reader/write.h"

static struct mkprofile mk;
static struct reader r;
static struct err e;

/* Opens what mk has made so far; for good it stays open. */
static int open_made(size_t cut_bytes)
{
	size_t bytes;
	void *data = mk_finish(&mk, &bytes);
	int err = reader_open_memory(&r, data, bytes - cut_bytes, &e);

	free(data);
	return err;
}

static void expect_bad(const char *word)
{
	ck_assert_int_eq(open_made(0), -EBADMSG);
	ck_assert_msg(strstr(e.text, word), "\"%s\" lacks \"%s\"", e.text, word);
	mk_free(&mk);
}

START_TEST(sample_is_read)
{
	mk_sample(&mk);
	ck_assert_int_eq(open_made(0), 0);
	ck_assert_uint_eq(r.header.sites, 4);
	ck_assert_uint_eq(r.header.records, 3);
	ck_assert_int_eq(r.records[0].live_bytes, 6000);
	ck_assert_str_eq(reader_text(&r, r.header.exe), "/usr/bin/sample");
	ck_assert_str_eq(r.text + r.modules[2].path, "/usr/lib/libsample.so");
	ck_assert_uint_eq(r.rows[1].live_bytes, 10000);
	reader_close(&r);
	mk_free(&mk);
}
END_TEST

START_TEST(file_is_read)
{
	char path[] = "/tmp/tidemark-test.XXXXXX";
	int fd = mkstemp(path);

	mk_sample(&mk);
	mk_write(&mk, path);
	ck_assert_int_eq(reader_open(&r, path, &e), 0);
	ck_assert_uint_eq(r.header.sites, 4);
	reader_close(&r);
	/* Sparse behind its end, as while the program runs. */
	ck_assert_int_eq(ftruncate(fd, TIDE_FILE_MAX_BYTES), 0);
	ck_assert_int_eq(reader_open(&r, path, &e), 0);
	reader_close(&r);
	ck_assert_int_eq(ftruncate(fd, 100), 0);
	ck_assert_int_eq(reader_open(&r, path, &e), -EBADMSG);
	unlink(path);
	ck_assert_int_eq(reader_open(&r, path, &e), -ENOENT);
	ck_assert_int_eq(reader_open(&r, "/dev/null", &e), -EBADMSG);
	ck_assert_int_eq(reader_open(&r, "/", &e), -EBADMSG);
	close(fd);
	mk_free(&mk);
}
END_TEST

START_TEST(many_chunks_are_put_together)
{
	uint32_t module, node = 0, i;

	mk_init(&mk);
	module = mk_module(&mk, "/bin/x", 0, 1u << 30, 0);
	for (i = 1; i < 20000; i++) {
		node = mk_node(&mk, i % 50 ? node : 0, mk_frame(&mk, i, module));
		mk_record(&mk, mk_site(&mk, node), 0)->live_bytes = i;
		mk_module(&mk, "/lib/a-name-to-fill-the-text", i, i + 1, 0);
	}
	ck_assert_int_eq(open_made(0), 0);
	for (i = 1; i < 20000; i++) {
		ck_assert_uint_eq(r.frames[i].pc, i);
		ck_assert_uint_eq(r.modules[i + 1].start, i);
		ck_assert_int_eq(r.records[i - 1].live_bytes, i);
		ck_assert_str_eq(r.text + r.modules[i + 1].path, "/lib/a-name-to-fill-the-text");
	}
	reader_close(&r);
	mk_free(&mk);
}
END_TEST

START_TEST(what_is_written_is_what_was_read)
{
	char path[] = "/tmp/tidemark-test-XXXXXX";
	int fd = mkstemp(path);
	struct reader copy;
	uint32_t node = 0, i;

	mk_sample(&mk);
	for (i = 1; i < 9000; i++) {
		node = mk_node(&mk, i % 50 ? node : 0, mk_frame(&mk, i, 0));
		mk_record(&mk, mk_site(&mk, node), 0)->live_bytes = i;
	}
	ck_assert_int_eq(open_made(0), 0);
	ck_assert_int_eq(reader_write(&r, fd, &e), 0);
	close(fd);
	ck_assert_int_eq(reader_open(&copy, path, &e), 0);
	ck_assert_uint_eq(copy.header.records, r.header.records);
	ck_assert_uint_eq(copy.header.timeline_rows, r.header.timeline_rows);
	ck_assert_mem_eq(copy.records, r.records, r.header.records * sizeof(*r.records));
	ck_assert_mem_eq(copy.nodes, r.nodes, r.header.nodes * sizeof(*r.nodes));
	ck_assert_mem_eq(copy.text, r.text, r.header.text_bytes);
	ck_assert_mem_eq(copy.rows, r.rows, r.header.timeline_rows * sizeof(*r.rows));
	ck_assert_uint_eq(copy.file_bytes, (uint64_t)copy.header.chunks_used * TIDE_CHUNK_BYTES);
	ck_assert(copy.header.flags & TIDE_FLAG_SEALED);
	reader_close(&copy);
	reader_close(&r);
	unlink(path);
	mk_free(&mk);
}
END_TEST

START_TEST(every_cut_is_noticed)
{
	size_t bytes, cut;
	void *data;

	mk_sample(&mk);
	data = mk_finish(&mk, &bytes);
	free(data);
	/* The last chunk is used at its beginning only. */
	for (cut = TIDE_CHUNK_BYTES; cut < bytes; cut += 997) {
		ck_assert_int_eq(open_made(cut), -EBADMSG);
		ck_assert_uint_gt(strlen(e.text), 10);
	}
	mk_free(&mk);
}
END_TEST

START_TEST(head_is_checked)
{
	mk_sample(&mk);
	mk.header.magic[3] = 'x';
	expect_bad("not a tidemark recording");
	mk_sample(&mk);
	mk.header.version = 99;
	expect_bad("format 99");
	mk_sample(&mk);
	mk.header.header_bytes = 8;
	expect_bad("header of 8 bytes");
	mk_sample(&mk);
	mk.header.chunk_bytes = 4096;
	expect_bad("chunks of 4096");
	mk_sample(&mk);
	mk.header.state = 0;
	expect_bad("state 0");
	mk_sample(&mk);
	mk.header.cwd.bytes = 100000;
	expect_bad("directory");
	mk_sample(&mk);
	mk.header.cwd.bytes--;
	expect_bad("has no end");
}
END_TEST

START_TEST(counts_are_checked)
{
	size_t bytes, i;
	const size_t offsets[] = {
		offsetof(struct tide_header, text_bytes),
		offsetof(struct tide_header, modules),
		offsetof(struct tide_header, frames),
		offsetof(struct tide_header, nodes),
		offsetof(struct tide_header, sites),
		offsetof(struct tide_header, records),
		offsetof(struct tide_header, threads),
		offsetof(struct tide_header, timeline_rows),
	};
	char *data;

	for (i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		mk_sample(&mk);
		data = mk_finish(&mk, &bytes);
		memset(data + offsets[i], 0xff, 4);
		ck_assert_int_eq(reader_open_memory(&r, data, bytes, &e), -EBADMSG);
		free(data);
		mk_free(&mk);
	}
}
END_TEST

START_TEST(numbers_are_checked)
{
	mk_sample(&mk);
	((struct tide_module *)mk_item(&mk, TIDE_SECTION_MODULES, 1))->path = 1u << 20;
	expect_bad("module 1");
	mk_sample(&mk);
	((struct tide_module *)mk_item(&mk, TIDE_SECTION_MODULES, 2))->build_id_bytes = 33;
	expect_bad("build-id");
	mk_sample(&mk);
	((struct tide_frame *)mk_item(&mk, TIDE_SECTION_FRAMES, 1))->module = 3;
	expect_bad("frame 1");
	mk_sample(&mk);
	((struct tide_node *)mk_item(&mk, TIDE_SECTION_NODES, 2))->parent = 2;
	expect_bad("parent 2");
	mk_sample(&mk);
	((struct tide_node *)mk_item(&mk, TIDE_SECTION_NODES, 2))->frame = 77;
	expect_bad("frame 77");
	mk_sample(&mk);
	((struct tide_site *)mk_item(&mk, TIDE_SECTION_SITES, 3))->node = 1000;
	expect_bad("site 3");
	mk_sample(&mk);
	((struct tide_record *)mk_item(&mk, TIDE_SECTION_RECORDS, 0))->site = 4;
	expect_bad("site 4");
	mk_sample(&mk);
	((struct tide_record *)mk_item(&mk, TIDE_SECTION_RECORDS, 0))->thread = 9;
	expect_bad("thread 9");
}
END_TEST

static struct tide_mapping *sample_mapping(uint32_t number)
{
	mk_sample(&mk);
	mk_sample_times(&mk);
	return mk_item(&mk, TIDE_SECTION_MAPPINGS, number);
}

static struct tide_range *sample_range(uint32_t number)
{
	sample_mapping(1);
	return mk_item(&mk, TIDE_SECTION_RANGES, number);
}

START_TEST(mappings_are_checked)
{
	sample_mapping(1)->site = 4;
	expect_bad("mapping 1");
	sample_mapping(2)->kind = TIDE_MAPPING_KINDS;
	expect_bad("kind 6");
	sample_range(2)->mapping = 3;
	expect_bad("range 2");
	sample_range(1)->kind = TIDE_MAPPING_KINDS;
	expect_bad("range 1");
}
END_TEST

static struct tide_leak_block *leak_block(uint32_t number)
{
	return mk_item(&mk, TIDE_SECTION_LEAK_BLOCKS, number);
}

static struct tide_holder *holder(uint32_t number)
{
	return mk_item(&mk, TIDE_SECTION_HOLDERS, number);
}

START_TEST(findings_are_checked)
{
	mk_sample_leaks(&mk);
	mk.header.scan.state = 77;
	expect_bad("state 77");
	mk_sample_leaks(&mk);
	mk_leaks(&mk, 4);
	expect_bad("scan of 5 sites");
	mk_sample_leaks(&mk);
	leak_block(1)->site = 4;
	expect_bad("site 4");
	mk_sample_leaks(&mk);
	leak_block(1)->leak_class = 4;
	expect_bad("class 4");
	mk_sample_leaks(&mk);
	leak_block(2)->leader = 9;
	expect_bad("leader 9");
	mk_sample_leaks(&mk);
	leak_block(3)->holder = 9;
	expect_bad("holder 9");
	mk_sample_leaks(&mk);
	holder(1)->outer = 1;
	expect_bad("outer holder 1");
	mk_sample_leaks(&mk);
	holder(1)->where = 3;
	expect_bad("module 3");
	mk_sample_leaks(&mk);
	holder(2)->where = 4;
	expect_bad("site 4");
	mk_sample_leaks(&mk);
	holder(2)->kind = TIDE_HOLDER_KINDS;
	expect_bad("kind");
}
END_TEST

START_TEST(evidence_of_waste_is_checked)
{
	mk_sample(&mk);
	mk_waste(&mk, 3);
	expect_bad("record 3");
	mk_sample(&mk);
	mk_waste(&mk, 2)->twin_site = 4;
	expect_bad("site 4");
}
END_TEST

START_TEST(too_long_a_chain_is_refused)
{
	uint32_t last = 0, i;

	mk_sample_leaks(&mk);
	for (i = 0; i < TIDE_HOLDER_LINKS; i++)
		last = mk_holder(&mk, TIDE_HOLDER_BLOCK, 1, last);
	ck_assert_int_eq(open_made(0), 0);
	reader_close(&r);
	mk_holder(&mk, TIDE_HOLDER_BLOCK, 1, last);
	expect_bad("links");
}
END_TEST

START_TEST(an_unfinished_scan_has_no_findings)
{
	mk_sample_leaks(&mk);
	mk.header.scan.state = TIDE_SCAN_RUNNING;
	leak_block(1)->site = 1000;
	ck_assert_int_eq(open_made(0), 0);
	ck_assert_ptr_null(r.leaks);
	ck_assert_uint_eq(r.header.scan.sites, 0);
	ck_assert_uint_eq(r.header.scan.blocks, 0);
	reader_close(&r);
	mk_free(&mk);
}
END_TEST

START_TEST(too_deep_a_stack_is_refused)
{
	uint32_t node = 0, frame, i;

	mk_init(&mk);
	frame = mk_frame(&mk, 1, 0);
	for (i = 0; i <= READER_DEPTH_MOST; i++)
		node = mk_node(&mk, node, frame);
	expect_bad("depth");
}
END_TEST

START_TEST(chunk_owners_are_checked)
{
	const uint32_t wrong[] = {
		TIDE_CHUNK_OWNER(TIDE_SECTIONS, 0),
		TIDE_CHUNK_OWNER(TIDE_SECTION_TEXT, 1 << 20),
		TIDE_CHUNK_OWNER(TIDE_SECTION_MODULES, 0),
		TIDE_CHUNK_OWNER(TIDE_SECTION_NONE, 0),
	};
	size_t bytes, i;
	char *data;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		mk_sample(&mk);
		data = mk_finish(&mk, &bytes);
		memcpy(data + TIDE_CHUNK_BYTES + 8, &wrong[i], 4);
		ck_assert_int_eq(reader_open_memory(&r, data, bytes, &e), -EBADMSG);
		free(data);
		mk_free(&mk);
	}
}
END_TEST

UNIT_MAIN("reader", sample_is_read, file_is_read, many_chunks_are_put_together,
	  what_is_written_is_what_was_read, every_cut_is_noticed, head_is_checked,
	  counts_are_checked, numbers_are_checked, mappings_are_checked, findings_are_checked,
	  evidence_of_waste_is_checked, too_long_a_chain_is_refused,
	  an_unfinished_scan_has_no_findings, too_deep_a_stack_is_refused, chunk_owners_are_checked)
