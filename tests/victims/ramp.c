/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Grows and shrinks by known steps, and says when each of them was: not before, not after, and
 * what it holds then.  Times count from its last mark.
 */
#include <tidemark/tidemark.h>
#include <time.h>

#include "victim.h"

#define STEPS 400
#define BYTES 10000

static uint64_t before_us[2 * STEPS], after_us[2 * STEPS];
static void *kept[STEPS];

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

APART static void *ramp_01(size_t bytes)
{
	void *p = malloc(bytes);

	HERE();
	return p;
}

int main(void)
{
	uint64_t start_us, marked_us;
	int i, tries = 100;

	/* The mark's time is known when nothing has come between. */
	do {
		start_us = now_us();
		tidemark_mark("start");
		marked_us = now_us();
	} while (marked_us - start_us > 200 && --tries);
	for (i = 0; i < STEPS; i++) {
		before_us[i] = now_us();
		kept[i] = ramp_01(BYTES);
		after_us[i] = now_us();
		usleep(500);
	}
	for (i = 0; i < STEPS; i++) {
		before_us[STEPS + i] = now_us();
		free(kept[STEPS - 1 - i]);
		after_us[STEPS + i] = now_us();
		/* The clock is looked at when something is allocated. */
		free(ramp_01(1));
		usleep(500);
	}
	for (i = 0; i < 2 * STEPS; i++)
		say("%lu %lu %d\n", (unsigned long)(before_us[i] - start_us),
		    (unsigned long)(after_us[i] - start_us),
		    (i < STEPS ? i + 1 : 2 * STEPS - 1 - i) * BYTES);
	return 0;
}
