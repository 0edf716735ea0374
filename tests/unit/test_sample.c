/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A sample's weights add up to what was allocated, whatever the sizes, and leave the FPU alone.
 */
#include <fenv.h>
#include <math.h>

#include "lib/core.h"
#include "lib/unit.h"
#include "sample.h"

#define MEAN   4096
#define BLOCKS 400000
#define SIGMAS 5.0

static struct thread place = { .tid = 77 };

static void set_up(void)
{
	config.sample_bytes = MEAN;
	place.random = 0;
	sample_draw(&place);
}

static void tear_down(void)
{
	config.sample_bytes = 0;
}

struct sums {
	double bytes, blocks;	      /* allocated */
	double est_bytes, est_blocks; /* as the sample has it */
	double var_bytes, var_blocks;
};

static void allocate(struct sums *s, uint64_t *random, uint64_t size)
{
	uintptr_t address = (core_random(random) & 0x7fffffffffffu) & ~(uintptr_t)15;
	double p = -expm1(-(double)size / MEAN);
	struct weight w;

	s->bytes += (double)size;
	s->blocks += 1;
	s->var_bytes += (double)size * (double)size * (1 - p) / p;
	s->var_blocks += (1 - p) / p;
	if (!sample_takes(&place, size))
		return;
	w = sample_weigh(address, size);
	ck_assert_int_eq(w.bytes, sample_weigh(address, size).bytes);
	ck_assert_int_eq(w.blocks, sample_weigh(address, size).blocks);
	ck_assert_int_ge(w.blocks, 1);
	s->est_bytes += (double)w.bytes;
	s->est_blocks += (double)w.blocks;
}

static void check_sums(const struct sums *s)
{
	ck_assert_msg(fabs(s->est_bytes - s->bytes) < SIGMAS * sqrt(s->var_bytes) + 1,
		      "%.0f bytes, estimated as %.0f", s->bytes, s->est_bytes);
	ck_assert_msg(fabs(s->est_blocks - s->blocks) < SIGMAS * sqrt(s->var_blocks) + 1,
		      "%.0f blocks, estimated as %.0f", s->blocks, s->est_blocks);
}

static const uint64_t sizes[] = { 1, 16, 100, 1000, 4096, 10000, 100000 };

START_TEST(weights_add_up_to_what_was_allocated)
{
	uint64_t random = 88172645463325252u + (uint64_t)_i;
	struct sums s = { 0 };

	for (int i = 0; i < BLOCKS; i++)
		allocate(&s, &random, sizes[_i]);
	check_sums(&s);
}
END_TEST

START_TEST(mixed_sizes_too)
{
	uint64_t random = 2463534242u;
	struct sums s = { 0 };

	for (int i = 0; i < BLOCKS; i++)
		allocate(&s, &random,
			 1 + (core_random(&random) >> (50 + core_random(&random) % 14)));
	check_sums(&s);
}
END_TEST

START_TEST(without_sampling_a_block_counts_for_itself)
{
	config.sample_bytes = 0;
	ck_assert_int_eq(sample_weigh(0x1000, 77).bytes, 77);
	ck_assert_int_eq(sample_weigh(0x1000, 77).blocks, 1);
}
END_TEST

START_TEST(a_block_of_no_bytes_counts_blocks_alone)
{
	ck_assert_int_eq(sample_weigh(0x1000, 0).bytes, 0);
	ck_assert_int_ge(sample_weigh(0x1000, 0).blocks, MEAN - 1);
}
END_TEST

START_TEST(the_exception_flags_of_the_program_stay)
{
	feclearexcept(FE_ALL_EXCEPT);
	sample_draw(&place);
	sample_weigh(0x1230, 33);
	ck_assert_int_eq(fetestexcept(FE_ALL_EXCEPT), 0);
	feraiseexcept(FE_DIVBYZERO);
	sample_draw(&place);
	ck_assert_int_eq(fetestexcept(FE_ALL_EXCEPT), FE_DIVBYZERO);
}
END_TEST

static struct Suite *suite(void)
{
	Suite *s = suite_create("sample");
	TCase *c = tcase_create("weights");

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_loop_test(c, weights_add_up_to_what_was_allocated, 0, 7);
	tcase_add_test(c, mixed_sizes_too);
	tcase_add_test(c, without_sampling_a_block_counts_for_itself);
	tcase_add_test(c, a_block_of_no_bytes_counts_blocks_alone);
	tcase_add_test(c, the_exception_flags_of_the_program_stay);
	suite_add_tcase(s, c);
	return s;
}

UNIT_MAIN_SUITE(suite)
