/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What was seen of a process over time, in a fixed number of samples: when they are used up, of
 * each two neighbours the one with the larger RSS stays, and from then on one of twice as many
 * ticks is kept.  For sampler.c and append.c.
 */
#ifndef TIDE_RUN_SERIES_H
#define TIDE_RUN_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SERIES_MOST 1024

struct series_sample {
	uint64_t unix_us;
	uint64_t rss_bytes;
	uint64_t shared_bytes;
	uint64_t pss_bytes; /* 0 = not asked for; the next two too */
	uint64_t uss_bytes;
	uint64_t swap_bytes;
	uint32_t threads;
	uint32_t processes; /* in a sum */
	bool late;
};

struct series {
	struct series_sample *list;
	size_t count;
	size_t room;
	uint32_t stride; /* ticks to a sample */
	uint32_t filled; /* of the sample at work */
	uint64_t rss_peak_bytes;
};

/* 0 or -ENOMEM, and the series is as it was. */
int series_add(struct series *s, const struct series_sample *sample);
void series_free(struct series *s);

#endif
