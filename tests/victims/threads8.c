/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Eight threads allocate, free their own blocks and each other's.  Every event takes a ticket, an
 * allocation after it and a free before it, so the log has one order, and is replayed at the end.
 * Prints totals, and a line for each function: site_NN calls total live blocks at_peak
 */
#define _GNU_SOURCE
#include "victim.h"

#include <pthread.h>
#include <stdatomic.h>

#define THREADS 8
#define SITES	32
#define SLOTS	600  /* a thread's own */
#define SHARED	2000 /* anybody's */
#define EVENTS	2000000
#define TIDES	6

struct event {
	uint32_t bytes;
	int8_t site;
	int8_t began; /* 1 or 0 = ended */
};

struct block {
	uint32_t bytes;
	int32_t site;
	char rest[];
};

struct site {
	uint64_t calls;
	uint64_t total;
	int64_t live;
	int64_t blocks;
	int64_t at_peak;
};

static struct event log_of[EVENTS];
static atomic_uint tickets;
static _Atomic(struct block *) shared[SHARED];
static struct block *own[THREADS][SLOTS];
static struct site sites[SITES];
static pthread_barrier_t barrier;
static unsigned int steps = 4000;

static void note(uint32_t bytes, int site, int began)
{
	unsigned int ticket = atomic_fetch_add(&tickets, 1);

	need(ticket < EVENTS, "room in the log");
	log_of[ticket] = (struct event){ bytes, (int8_t)site, (int8_t)began };
}

static inline __attribute__((always_inline)) struct block *make(int site, uint32_t bytes)
{
	struct block *block = malloc(bytes);

	need(block != NULL, "allocation");
	note(bytes, site, 1);
	block->bytes = bytes;
	block->site = site;
	return block;
}

typedef struct block *(*site_fn)(uint32_t bytes);

#define SITE(number)                                             \
	APART static struct block *site_##number(uint32_t bytes) \
	{                                                        \
		return make(1##number - 100, bytes);             \
	}
/* clang-format off */
SITE(00) SITE(01) SITE(02) SITE(03) SITE(04) SITE(05) SITE(06) SITE(07)
SITE(08) SITE(09) SITE(10) SITE(11) SITE(12) SITE(13) SITE(14) SITE(15)
SITE(16) SITE(17) SITE(18) SITE(19) SITE(20) SITE(21) SITE(22) SITE(23)
SITE(24) SITE(25) SITE(26) SITE(27) SITE(28) SITE(29) SITE(30) SITE(31)

#define TEN(t) site_##t##0, site_##t##1, site_##t##2, site_##t##3, site_##t##4, site_##t##5,       \
	       site_##t##6, site_##t##7, site_##t##8, site_##t##9
static const site_fn functions[SITES] = { TEN(0), TEN(1), TEN(2), site_30, site_31 };
/* clang-format on */

static void release(struct block *block)
{
	if (!block)
		return;
	note(block->bytes, block->site, 0);
	free(block);
}

/* Each tide has its own height and its own sites, so that the wrong tide's picture would show. */
static void rise(int me, int tide, uint64_t *seed)
{
	static const uint32_t height[TIDES] = { 2000, 5000, 3000, 9000, 7000, 4000 };

	for (unsigned int i = 0; i < steps; i++) {
		uint32_t site = (number(seed, 12) + (uint32_t)tide * 5) % SITES;
		uint32_t at = number(seed, SLOTS + SHARED);
		uint32_t bytes = 16 + number(seed, height[tide]);
		struct block *block = functions[site](bytes);

		if (at < SLOTS) {
			release(own[me][at]);
			own[me][at] = block;
		} else {
			release(atomic_exchange(&shared[at - SLOTS], block));
		}
	}
}

static void fall(int me, uint64_t *seed)
{
	for (unsigned int i = 0; i < SLOTS; i++) {
		if (number(seed, 10)) {
			release(own[me][i]);
			own[me][i] = NULL;
		}
	}
	/* the next thread's share of the shared ones: freed by others than their makers */
	for (unsigned int i = 0; i < SHARED / THREADS; i++)
		release(atomic_exchange(&shared[(unsigned int)me * (SHARED / THREADS) + i], NULL));
}

static void *work(void *arg)
{
	int me = (int)(intptr_t)arg;
	uint64_t seed = 88172645463325252ull * (uint64_t)(me + 1);

	for (int tide = 0; tide < TIDES; tide++) {
		pthread_barrier_wait(&barrier);
		rise(me, tide, &seed);
		pthread_barrier_wait(&barrier);
		fall(me, &seed);
	}
	return NULL;
}

static unsigned int find_peak(int64_t *peak)
{
	unsigned int count = atomic_load(&tickets);
	unsigned int when = 0;
	int64_t live = 0;

	*peak = 0;
	for (unsigned int i = 0; i < count; i++) {
		live += log_of[i].began ? (int64_t)log_of[i].bytes : -(int64_t)log_of[i].bytes;
		if (live > *peak) {
			*peak = live;
			when = i;
		}
	}
	return when;
}

static void replay(unsigned int when)
{
	unsigned int count = atomic_load(&tickets);

	for (unsigned int i = 0; i < count; i++) {
		struct site *site = &sites[log_of[i].site];

		if (log_of[i].began) {
			site->calls++;
			site->total += log_of[i].bytes;
		}
		site->live += log_of[i].began ? (int64_t)log_of[i].bytes
					      : -(int64_t)log_of[i].bytes;
		site->blocks += log_of[i].began ? 1 : -1;
		for (int s = 0; i == when && s < SITES; s++)
			sites[s].at_peak = sites[s].live;
	}
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS];
	int64_t peak;

	if (argc > 1)
		steps = (unsigned int)atoi(argv[1]);
	pthread_barrier_init(&barrier, NULL, THREADS);
	for (intptr_t i = 0; i < THREADS; i++)
		need(!pthread_create(&threads[i], NULL, work, (void *)i), "thread");
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	replay(find_peak(&peak));
	for (int i = 0; i < SITES; i++)
		say("site_%02d %lu %lu %ld %ld %ld\n", i, sites[i].calls, sites[i].total,
		    sites[i].live, sites[i].blocks, sites[i].at_peak);
	say("peak_bytes=%ld\n", peak);
	return 0;
}
