/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "index.h"
#include "lib/core.h"
#include "lib/unit.h"

#define KEYS	60000u
#define THREADS 4

static struct index numbers = { .buckets_first = 4 };
static uint64_t keys[KEYS * THREADS + 1];
static uint32_t taken;

static uint64_t hash_of(uint64_t key)
{
	return index_mix(0, key);
}

static bool same(uint32_t number, const void *key)
{
	return __atomic_load_n(&keys[number], __ATOMIC_ACQUIRE) == *(const uint64_t *)key;
}

/* Locks know their owner by this number: each thread has its own. */
static uint32_t intern(uint64_t key, int tid)
{
	uint32_t number = index_find(&numbers, hash_of(key), same, &key);

	if (number)
		return number;
	number = __atomic_add_fetch(&taken, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&keys[number], key, __ATOMIC_RELEASE);
	return index_insert(&numbers, hash_of(key), number, same, &key, tid);
}

START_TEST(a_key_keeps_its_number)
{
	for (uint64_t k = 1; k <= KEYS; k++)
		ck_assert_uint_eq(intern(k * 977, 1), k);
	for (uint64_t k = 1; k <= KEYS; k++)
		ck_assert_uint_eq(intern(k * 977, 1), k);
	ck_assert_uint_eq(taken, KEYS);
}
END_TEST

static uint32_t seen[THREADS][KEYS + 1];

static void *work(void *argument)
{
	uint32_t *mine = argument;

	for (uint64_t k = 1; k <= KEYS; k++)
		mine[k] = intern(k * 31, 1 + (int)((mine - seen[0]) / (KEYS + 1)));
	return NULL;
}

START_TEST(threads_agree_on_every_number)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, work, seen[i]);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (uint32_t k = 1; k <= KEYS; k++) {
		ck_assert_uint_ne(seen[0][k], 0);
		for (int i = 1; i < THREADS; i++)
			ck_assert_uint_eq(seen[i][k], seen[0][k]);
	}
}
END_TEST

START_TEST(a_number_too_large_is_refused)
{
	uint64_t key = 5;

	ck_assert_uint_eq(index_insert(&numbers, 1, INDEX_NUMBER_MAX + 1, same, &key, 1), 0);
	ck_assert_uint_eq(index_insert(&numbers, 1, 0, same, &key, 1), 0);
}
END_TEST

UNIT_MAIN("index", a_key_keeps_its_number, threads_agree_on_every_number,
	  a_number_too_large_is_refused)
