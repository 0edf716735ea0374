/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "lib/core.h"
#include "lib/unit.h"

#define BLOCKS	60000u
#define THREADS 4
#define ROUNDS	300000u

static int tid;

static struct block block_of(uint64_t n)
{
	return (struct block){ .bytes = n * 7 % 100000,
			       .record = (uint32_t)(n % 5000 + 1),
			       .birth = n % 9 };
}

static void insert_of(uintptr_t address, uint64_t n, uint64_t bytes)
{
	struct block block = block_of(n);

	block.bytes = bytes;
	ck_assert_int_eq(blocks_insert(address, &block, tid), BLOCKS_OK);
}

static void insert(uintptr_t address, uint64_t n)
{
	insert_of(address, n, block_of(n).bytes);
}

static void remove_and_check_of(uintptr_t address, uint64_t n, uint64_t bytes)
{
	struct block block, expected = block_of(n);

	ck_assert(blocks_remove(address, &block));
	ck_assert_uint_eq(block.bytes, bytes);
	ck_assert_uint_eq(block.record, expected.record);
	ck_assert_uint_eq(block.birth, expected.birth);
}

static void remove_and_check(uintptr_t address, uint64_t n)
{
	remove_and_check_of(address, n, block_of(n).bytes);
}

START_TEST(what_goes_in_comes_out)
{
	struct block block;

	for (uint64_t i = 0; i < BLOCKS; i++)
		insert(0x7f0000000000 + i * 32, i);
	for (uint64_t i = 0; i < BLOCKS; i += 2)
		remove_and_check(0x7f0000000000 + i * 32, i);
	ck_assert(!blocks_remove(0x7f0000000000, &block));
	for (uint64_t i = 0; i < BLOCKS; i += 2)
		insert(0x7f0000000000 + i * 32, i + 1);
	for (uint64_t i = 0; i < BLOCKS; i++)
		remove_and_check(0x7f0000000000 + i * 32, i + (i % 2 == 0));
}
END_TEST

static void count_block(void *context, uintptr_t address, const struct block *block)
{
	(void)address;
	(void)block;
	++*(uint64_t *)context;
}

START_TEST(each_visits_every_block_once)
{
	uint64_t seen = 0;

	for (uint64_t i = 0; i < BLOCKS; i++)
		insert(0x550000000000 + i * 48, i);
	blocks_each(count_block, &seen);
	ck_assert_uint_eq(seen, BLOCKS);
}
END_TEST

START_TEST(addresses_of_eight_byte_blocks_fit)
{
	for (uint64_t i = 0; i < BLOCKS; i++)
		insert_of(0x7e0000001000 + i * 8, i, 8);
	for (uint64_t i = 0; i < BLOCKS; i++)
		remove_and_check_of(0x7e0000001000 + i * 8, i, 8);
}
END_TEST

START_TEST(a_missed_free_gives_the_old_block_back)
{
	struct block first = block_of(1), second = block_of(2), out;

	ck_assert_int_eq(blocks_insert(0x7000, &first, tid), BLOCKS_OK);
	ck_assert_int_eq(blocks_insert(0x7000, &second, tid), BLOCKS_REPLACED);
	ck_assert_uint_eq(second.bytes, block_of(1).bytes);
	ck_assert(blocks_remove(0x7000, &out));
	ck_assert_uint_eq(out.bytes, block_of(2).bytes);
	ck_assert(!blocks_remove(0x7000, &out));
}
END_TEST

START_TEST(the_table_is_no_larger_than_promised)
{
	/* The first pages of the tables are not touched before they are used. */
	uint64_t first = blocks_capacity();

	for (uint64_t i = 0; i < BLOCKS; i++) {
		insert(0x7d0000000000 + i * 64, i);
		if (i > 20000)
			ck_assert_uint_le((blocks_capacity() - first) * 16 / i, 48);
	}
	ck_assert_uint_le((blocks_capacity() - first) * 16 / BLOCKS, 32);
}
END_TEST

/* Each works on addresses of its own, in pages that all share. */
static void *work(void *argument)
{
	uintptr_t base = 0x600000000000 + (uintptr_t)argument * 32;
	static const uint32_t live = 4000;
	uint64_t random = 88172645463325252u + (uintptr_t)argument;
	uint8_t *in = calloc(live, 1);

	for (uint32_t i = 0; i < ROUNDS; i++) {
		uint32_t k = core_random(&random) % live;
		uintptr_t address = base + (uintptr_t)k * 32 * THREADS;
		struct block block = block_of(k);

		if (in[k])
			in[k] = !blocks_remove(address, &block) || block.bytes != block_of(k).bytes
					? 2
					: 0;
		else
			in[k] = blocks_insert(address, &block, (int)(uintptr_t)argument + 1) ==
				BLOCKS_OK;
		if (in[k] == 2)
			return argument;
	}
	free(in);
	return NULL;
}

START_TEST(threads_do_not_lose_blocks)
{
	pthread_t threads[THREADS];
	void *result;

	for (uintptr_t i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, work, (void *)(i + 1));
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &result);
		ck_assert_ptr_null(result);
	}
}
END_TEST

START_TEST(births_are_exact_at_first_and_close_later)
{
	for (uint32_t ms = 0; ms < 32768; ms += 7)
		ck_assert_uint_eq(blocks_birth_ms(blocks_birth(ms)), ms);
	for (uint64_t later = 32768; later <= UINT32_MAX; later = later * 3 / 2) {
		uint32_t ms = (uint32_t)later, birth = blocks_birth(ms);

		ck_assert_uint_le(blocks_birth_ms(birth), ms);
		ck_assert_uint_le(ms - blocks_birth_ms(birth), ms / 16384);
		ck_assert_uint_lt(birth, 1u << BLOCKS_BIRTH_BITS);
	}
}
END_TEST

#define HEAP	   0x590000100000u /* four MiB of it */
#define HEAP_BYTES ((uintptr_t)4 << 20)

static uint64_t fill_heap(uintptr_t apart)
{
	uint64_t n = 0;

	for (uintptr_t at = 0; at < HEAP_BYTES; at += apart)
		insert_of(HEAP + at, n++, 24);
	return n;
}

static void empty_heap(uintptr_t apart)
{
	uint64_t n = 0;

	for (uintptr_t at = 0; at < HEAP_BYTES; at += apart)
		remove_and_check_of(HEAP + at, n++, 24);
}

START_TEST(a_heap_of_small_blocks_has_them_beside_it)
{
	uint64_t first = blocks_capacity(), seen = 0, seen_in_part = 0, blocks = fill_heap(64);

	ck_assert_uint_eq(dense_heap_count(), 4);
	ck_assert_uint_le(blocks_capacity() - first, 4 * BLOCKS_CELLS);
	ck_assert_ptr_nonnull(dense_heap_word(HEAP));
	blocks_each(count_block, &seen);
	ck_assert_uint_eq(seen, blocks);
	for (uint32_t i = 0; i < BLOCKS_TABLES; i++)
		blocks_each_of(i, count_block, &seen_in_part);
	ck_assert_uint_eq(seen_in_part, blocks);
	ck_assert(!blocks_lacks(HEAP + HEAP_BYTES - 64));
	empty_heap(64);
	blocks_each(count_block, &seen);
	ck_assert_uint_eq(seen, blocks);
}
END_TEST

START_TEST(the_first_heaps_have_their_blocks_beside_them)
{
	uint64_t first = blocks_capacity();

	dense_heaps_first = 2;
	/* No block of the kind that would be there. */
	insert_of(HEAP, 1, 1 << 20);
	ck_assert_uint_eq(dense_heap_count(), 0);
	remove_and_check_of(HEAP, 1, 1 << 20);
	for (uintptr_t i = 0; i < 3; i++)
		insert_of(HEAP + (i << 20), i, 3000);
	ck_assert_uint_eq(dense_heap_count(), 2);
	ck_assert_uint_eq(dense_heaps_first, 0);
	for (uintptr_t i = 0; i < 3; i++) {
		ck_assert_int_eq(dense_holds(dense_heap_word(HEAP + (i << 20))), i < 2);
		remove_and_check_of(HEAP + (i << 20), i, 3000);
	}
	ck_assert_uint_eq(blocks_capacity(), first);
}
END_TEST

START_TEST(a_heap_of_larger_blocks_has_them_in_the_table)
{
	fill_heap(208);
	ck_assert_uint_eq(dense_heap_count(), 0);
	empty_heap(208);
}
END_TEST

/* Too large, of one grain, not at a grain, or reaching over the end. */
START_TEST(what_does_not_fit_beside_its_heap_is_in_the_table)
{
	static const struct {
		uintptr_t at;
		uint64_t bytes;
	} odd[] = {
		{ HEAP + HEAP_BYTES / 2, 1 << 17 },
		{ HEAP + HEAP_BYTES / 2 + 64, 16 },
		{ HEAP + HEAP_BYTES / 2 + 136, 24 },
		{ HEAP + HEAP_BYTES - 16, 24 },
	};

	fill_heap(64);
	empty_heap(64);
	for (uint64_t i = 0; i < 4; i++)
		insert_of(odd[i].at, i, odd[i].bytes);
	for (uint64_t i = 0; i < 4; i++) {
		ck_assert(!dense_holds(dense_heap_word(odd[i].at)));
		remove_and_check_of(odd[i].at, i, odd[i].bytes);
	}
	dense_heap_least = 0;
	insert_of(odd[1].at, 1, 0);
	ck_assert(dense_holds(dense_heap_word(odd[1].at)));
	remove_and_check_of(odd[1].at, 1, 0);
	dense_heap_least = DENSE_LEAST;
}
END_TEST

/* Whatever the new block is, the old one comes back, and not again. */
START_TEST(a_missed_free_beside_a_heap_gives_the_old_block_back)
{
	static const uint64_t sizes[] = { 40, 1 << 20 };
	uintptr_t address = HEAP + HEAP_BYTES - 64;
	struct block block, out;

	fill_heap(64);
	for (int i = 0; i < 2; i++) {
		block = (struct block){ .bytes = sizes[i], .record = 77, .birth = 5 };
		ck_assert_int_eq(blocks_insert(address, &block, tid), BLOCKS_REPLACED);
		ck_assert_uint_eq(block.bytes, 24);
		ck_assert(blocks_remove(address, &out));
		ck_assert_uint_eq(out.bytes, sizes[i]);
		ck_assert_uint_eq(out.record, 77);
		ck_assert(!blocks_remove(address, &out));
		insert_of(address, 1, 24);
	}
}
END_TEST

/* What lies behind the words of a region is somebody else's, or nothing. */
START_TEST(the_last_grain_of_a_region_has_half_a_word)
{
	size_t bytes = DENSE_REGION / 4;
	char *words = mmap(NULL, bytes + 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uintptr_t last = HEAP + DENSE_REGION - DENSE_GRAIN;

	ck_assert_int_eq(mprotect(words, bytes, PROT_READ | PROT_WRITE), 0);
	dense_heaps[HEAP >> DENSE_REGION_SHIFT & (DENSE_REGIONS - 1)] =
		(struct dense_region){ HEAP + 1, words };
	insert_of(last, 1, 24);
	insert_of(last - 32, 2, 24);
	ck_assert(!dense_holds(dense_heap_word(last)));
	ck_assert(dense_holds(dense_heap_word(last - 32)));
	remove_and_check_of(last, 1, 24);
	remove_and_check_of(last - 32, 2, 24);
}
END_TEST

START_TEST(a_word_beside_a_heap_keeps_all_that_it_is_given)
{
	static const uint32_t records[] = { 1, 0xffffff },
			      births[] = { 0, 0x1fff, 0x2000, 0xfffff };
	static const uint64_t sizes[] = { 0, 1, DENSE_SIZE_MAX };

	for (int i = 0; i < 2 * 4 * 3; i++) {
		uint64_t word = dense_pack(records[i % 2], births[i / 2 % 4], sizes[i / 8]);

		ck_assert_uint_eq(dense_record(word), records[i % 2]);
		ck_assert_uint_eq(dense_birth(word), births[i / 2 % 4]);
		ck_assert_uint_eq(word & DENSE_SIZE_MAX, sizes[i / 8]);
		ck_assert_int_lt((int32_t)word, 0);
		ck_assert_int_ge((int64_t)word, 0);
	}
}
END_TEST

#define ARENA 0x7a0000040000u /* of 1.5 MiB, so that it reaches over two regions */

static void put_dense(uintptr_t address, uint64_t n)
{
	struct block block = block_of(n);
	union dense_word *word = dense_word(address);

	ck_assert_ptr_nonnull(word);
	ck_assert(!dense_holds(word));
	word->is = dense_pack(block.record, block.birth, block.bytes);
}

static void find_and_remove_dense(uintptr_t address, uint64_t n)
{
	struct block block, expected = block_of(n);

	ck_assert(!blocks_lacks(address));
	ck_assert(blocks_remove_dense(address, &block));
	ck_assert(!blocks_remove_dense(address, &block));
	ck_assert_uint_eq(block.bytes, expected.bytes);
	ck_assert_uint_eq(block.record, expected.record);
	ck_assert_uint_eq(block.birth, expected.birth);
}

START_TEST(small_blocks_lie_beside_their_arena)
{
	uint64_t seen = 0;

	ck_assert_ptr_null(dense_word(ARENA));
	dense_register(ARENA, 3 << 19);
	dense_register(ARENA, 3 << 19);
	ck_assert(!dense_register_heap(ARENA, tid));
	for (uintptr_t i = 0; i < 1 << 15; i++)
		put_dense(ARENA + i * 48, i + 1);
	insert(ARENA + ((uintptr_t)4 << 20), 1);
	ck_assert_ptr_null(dense_word(ARENA + 8));
	/* One of a single grain, in the table, may stand before another's word. */
	insert(ARENA + 32, 2);
	ck_assert(!dense_holds(dense_word(ARENA + 32)));
	blocks_each(count_block, &seen);
	ck_assert_uint_eq(seen, (1 << 15) + 2);
	for (uintptr_t i = 0; i < 1 << 15; i++)
		find_and_remove_dense(ARENA + i * 48, i + 1);
	remove_and_check(ARENA + 32, 2);
	remove_and_check(ARENA + ((uintptr_t)4 << 20), 1);
}
END_TEST

/* Which one is first has the place; the other's blocks go into the table. */
START_TEST(regions_that_share_a_place_do_not_mix)
{
	uintptr_t other = ARENA + ((uintptr_t)DENSE_REGIONS << DENSE_REGION_SHIFT);

	dense_register(ARENA, 1 << 20);
	dense_register(other, 1 << 20);
	put_dense(ARENA, 1);
	ck_assert_ptr_null(dense_word(other));
	find_and_remove_dense(ARENA, 1);
}
END_TEST

START_TEST(an_arena_that_is_gone_leaves_nothing)
{
	uint64_t seen = 0;

	dense_register(ARENA, 1 << 20);
	for (uintptr_t i = 0; i < 1 << 15; i++)
		put_dense(ARENA + i * 32, i + 1);
	dense_forget(ARENA, 1 << 20);
	blocks_each(count_block, &seen);
	ck_assert_uint_eq(seen, 0);
}
END_TEST

static void set_up(void)
{
	core_begin();
	tid = sys_gettid();
	dense_heaps_first = 0;
}

static struct Suite *suite(void)
{
	Suite *s = suite_create("blocks");
	TCase *c = tcase_create("blocks");

	tcase_add_checked_fixture(c, set_up, core_end);
	tcase_set_timeout(c, UNIT_TIMEOUT_S);
	tcase_add_test(c, what_goes_in_comes_out);
	tcase_add_test(c, each_visits_every_block_once);
	tcase_add_test(c, addresses_of_eight_byte_blocks_fit);
	tcase_add_test(c, a_missed_free_gives_the_old_block_back);
	tcase_add_test(c, the_table_is_no_larger_than_promised);
	tcase_add_test(c, threads_do_not_lose_blocks);
	tcase_add_test(c, a_heap_of_small_blocks_has_them_beside_it);
	tcase_add_test(c, the_first_heaps_have_their_blocks_beside_them);
	tcase_add_test(c, a_heap_of_larger_blocks_has_them_in_the_table);
	tcase_add_test(c, what_does_not_fit_beside_its_heap_is_in_the_table);
	tcase_add_test(c, a_missed_free_beside_a_heap_gives_the_old_block_back);
	tcase_add_test(c, the_last_grain_of_a_region_has_half_a_word);
	tcase_add_test(c, a_word_beside_a_heap_keeps_all_that_it_is_given);
	tcase_add_test(c, small_blocks_lie_beside_their_arena);
	tcase_add_test(c, regions_that_share_a_place_do_not_mix);
	tcase_add_test(c, an_arena_that_is_gone_leaves_nothing);
	tcase_add_test(c, births_are_exact_at_first_and_close_later);
	suite_add_tcase(s, c);
	return s;
}

UNIT_MAIN_SUITE(suite)
