/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One site for a stack and one record for each thread of it, whatever threads do at once. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "index.h"
#include "lib/core.h"
#include "lib/unit.h"
#include "sites.h"

#define STACKS	40000u
#define THREADS 4
#define OUTER	9u /* frames that are chosen by the bits of a stack's number */

static struct tide_record *records[THREADS][STACKS];
static pthread_barrier_t together;

/* An odd stack is the even one before it, and one frame more. */
static uint32_t depth_of(uint32_t stack)
{
	return OUTER + 1 + stack / 2 % 20 + stack % 2;
}

/* Frame `level` of a stack, from the outermost; no two stacks are the same. */
static uint32_t frame_of(uint32_t stack, uint32_t level)
{
	uint32_t path = stack / 2;
	uint32_t choice = level < OUTER ? path >> (2 * level) : (uint32_t)index_mix(path, level);

	return 1 + level * 4 + (choice & 3);
}

static struct tide_record *meet(struct thread *t, uint32_t stack, bool cut)
{
	walk_compose_begin(&t->walk);
	for (uint32_t level = depth_of(stack); level-- > 0;)
		walk_compose_add(&t->walk, frame_of(stack, level));
	walk_compose_end(&t->walk, 0, 0);
	t->walk.cut = cut;
	return sites_record_of_walk(t);
}

static struct thread *enter(void)
{
	struct thread *t = thread_enter((uintptr_t)__builtin_frame_address(0));

	ck_assert_ptr_nonnull(t);
	return t;
}

static void *work(void *argument)
{
	struct tide_record **mine = argument;
	struct thread *t = enter();
	uint64_t seed = 1 + (uint64_t)(mine - records[0]);

	pthread_barrier_wait(&together);
	for (uint32_t i = 0; i < STACKS; i++)
		mine[i] = meet(t, i, false);
	for (uint32_t i = 0; i < STACKS; i++) {
		uint32_t stack = (uint32_t)(core_random(&seed) % STACKS);

		ck_assert_ptr_eq(meet(t, stack, false), mine[stack]);
	}
	for (uint32_t i = 0; i < STACKS; i++)
		ck_assert_uint_eq(mine[i]->thread, t->slot);
	thread_leave(t);
	return NULL;
}

static uint32_t site_of(const struct tide_record *record)
{
	return record->site & ~TIDE_RECORD_SHARED;
}

static void check_frames(uint32_t stack, uint32_t site)
{
	uint32_t node = profile_site(site)->node;

	ck_assert_uint_eq(profile_site(site)->depth, depth_of(stack));
	for (uint32_t level = depth_of(stack); level-- > 0;) {
		ck_assert_uint_eq(profile_node(node)->frame, frame_of(stack, level));
		node = profile_node(node)->parent;
	}
	ck_assert_uint_eq(node, 0);
}

START_TEST(threads_agree_on_every_site)
{
	static uint8_t taken[STACKS * THREADS * 2];
	pthread_t threads[THREADS];

	pthread_barrier_init(&together, NULL, THREADS);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, work, records[i]), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (uint32_t stack = 0; stack < STACKS; stack++) {
		uint32_t site = site_of(records[0][stack]);

		for (int i = 1; i < THREADS; i++)
			ck_assert_uint_eq(site_of(records[i][stack]), site);
		ck_assert_uint_eq(taken[site], 0);
		taken[site] = 1;
		check_frames(stack, site);
	}
}
END_TEST

START_TEST(a_cut_stack_has_a_site_of_its_own)
{
	struct thread *t = enter();
	struct tide_record *whole = meet(t, 7, false), *cut = meet(t, 7, true);

	ck_assert_uint_ne(site_of(whole), site_of(cut));
	ck_assert_uint_eq(profile_site(site_of(cut))->flags & TIDE_SITE_CUT, TIDE_SITE_CUT);
	ck_assert_ptr_eq(meet(t, 7, true), cut);
	ck_assert_ptr_eq(meet(t, 7, false), whole);
	thread_leave(t);
}
END_TEST

START_TEST(the_overflow_site_has_a_record)
{
	struct thread *t = enter();
	struct tide_record *record = sites_record(t, 0);

	ck_assert_ptr_nonnull(record);
	ck_assert_uint_eq(site_of(record), 0);
	ck_assert_ptr_eq(sites_record(t, 0), record);
	thread_leave(t);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("sites");
	TCase *c = tcase_create("sites");

	tcase_add_checked_fixture(c, core_begin, core_end);
	tcase_set_timeout(c, UNIT_TIMEOUT_S);
	tcase_add_test(c, threads_agree_on_every_site);
	tcase_add_test(c, a_cut_stack_has_a_site_of_its_own);
	tcase_add_test(c, the_overflow_site_has_a_record);
	suite_add_tcase(s, c);
	return s;
}

UNIT_MAIN_SUITE(suite)
