/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "lib/core.h"
#include "lib/unit.h"
#include "naming.h"

static uint64_t file_bytes(void)
{
	struct stat st;

	ck_assert_int_eq(stat(profile.path, &st), 0);
	return (uint64_t)st.st_size;
}

START_TEST(records_are_given_in_order_and_counted)
{
	for (uint32_t i = 1; i <= 5000; i++) {
		ck_assert_uint_eq(profile_take(TIDE_SECTION_RECORDS, 1), i);
		profile_record(i)->number = i;
	}
	ck_assert_uint_eq(profile.header->records, 5001);
	for (uint32_t i = 1; i <= 5000; i++)
		ck_assert_uint_eq(profile_record(i)->number, i);
}
END_TEST

START_TEST(text_never_crosses_a_chunk)
{
	char text[1000];

	memset(text, 'x', sizeof(text));
	for (int i = 0; i < 200; i++) {
		struct tide_text t = profile_text(text, sizeof(text) - 1, 1);

		ck_assert_uint_ne(t.offset, 0);
		ck_assert_uint_eq(t.offset / TIDE_CHUNK_BYTES,
				  (t.offset + t.bytes) / TIDE_CHUNK_BYTES);
	}
}
END_TEST

START_TEST(a_sealed_file_is_cut_and_grows_no_more)
{
	uint32_t first = profile_take(TIDE_SECTION_SITES, 1), number;

	ck_assert_uint_ne(first, 0);
	profile_seal(TIDE_EXITED, 7);
	ck_assert_uint_eq(file_bytes(), (uint64_t)profile.header->chunks_used * TIDE_CHUNK_BYTES);
	ck_assert_uint_eq(profile.header->state, TIDE_EXITED);
	ck_assert_int_eq(profile.header->end_status, 7);
	do
		number = profile_take(TIDE_SECTION_SITES, 1);
	while (number);
	ck_assert_uint_eq(file_bytes(), (uint64_t)profile.header->chunks_used * TIDE_CHUNK_BYTES);
}
END_TEST

START_TEST(a_small_limit_is_kept)
{
	while (profile_take(TIDE_SECTION_RECORDS, 1))
		;
	ck_assert_uint_le(profile.header->chunks_used, 16);
	ck_assert_int_eq(profile_why_full(), TIDE_DROP_FILE_FULL);
}
END_TEST

START_TEST(a_taken_name_gets_a_number)
{
	char path[4096];
	char pattern[4096];
	int fd;

	snprintf(pattern, sizeof(pattern), "%s", profile.path);
	fd = naming_create(path, sizeof(path), pattern, 1);
	ck_assert_int_ge(fd, 0);
	ck_assert_ptr_nonnull(strstr(path, ".2.tide"));
	close(fd);
	unlink(path);
}
END_TEST

START_TEST(names_are_filled_in)
{
	char path[4096], expected[64];
	int fd = naming_create(path, sizeof(path), "/tmp/tidemark-%%-%p-%q.tide", 4711);

	ck_assert_int_ge(fd, 0);
	snprintf(expected, sizeof(expected), "/tmp/tidemark-%%-4711-%%q.tide");
	ck_assert_str_eq(path, expected);
	close(fd);
	unlink(path);
}
END_TEST

START_TEST(a_forked_child_has_its_own_file)
{
	char parent_path[4096];
	int status;
	pid_t child;

	snprintf(parent_path, sizeof(parent_path), "%s", profile.path);
	ck_assert_uint_eq(profile_take(TIDE_SECTION_RECORDS, 1), 1);
	profile_record(1)->number = 1;
	child = fork();
	if (child == 0) {
		bool ok = profile_fork(1) == 0 && strcmp(profile.path, parent_path) != 0;

		ok = ok && profile_record(1)->number == 1;
		profile_record(1)->number = 99;
		ok = ok && profile.header->flags & TIDE_FLAG_FORKED;
		ok = ok && profile.header->forked_from == (uint32_t)getppid();
		unlink(profile.path);
		_exit(!ok);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert_uint_eq(profile_record(1)->number, 1);
}
END_TEST

static void set_up_small(void)
{
	setenv("TIDEMARK_MAX_SIZE", "1M", 1);
	core_begin();
}

static struct Suite *suite(void)
{
	Suite *s = suite_create("profile");
	TCase *c = tcase_create("profile"), *small = tcase_create("small");

	tcase_add_checked_fixture(c, core_begin, core_end);
	tcase_add_test(c, records_are_given_in_order_and_counted);
	tcase_add_test(c, text_never_crosses_a_chunk);
	tcase_add_test(c, a_sealed_file_is_cut_and_grows_no_more);
	tcase_add_test(c, a_taken_name_gets_a_number);
	tcase_add_test(c, names_are_filled_in);
	tcase_add_test(c, a_forked_child_has_its_own_file);
	tcase_add_checked_fixture(small, set_up_small, core_end);
	tcase_add_test(small, a_small_limit_is_kept);
	suite_add_tcase(s, c);
	suite_add_tcase(s, small);
	return s;
}

UNIT_MAIN_SUITE(suite)
