/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Looks at a program and at all that descends from it, tick after tick: RSS each time, PSS and what
 * else the kernel has to walk pages for in no more than a hundredth of the time.  A process found
 * once stays, whoever is its parent later.  Called by watch.c.  Nothing here fails: what cannot be
 * seen is not in the series.
 */
#ifndef TIDE_RUN_SAMPLER_H
#define TIDE_RUN_SAMPLER_H

#include "run/series.h"

/* What resident memory is made of; see struct tide_process. */
struct account {
	uint64_t unix_us;
	int64_t live_bytes;
	uint64_t rss_bytes;
	uint64_t anonymous_bytes;
	uint64_t file_bytes;
	uint64_t stack_bytes;
	uint64_t recorder_bytes;
	uint64_t mapped_bytes;
};

struct tracked {
	pid_t pid;
	pid_t parent;
	char name[16];
	int statm; /* descriptor, -1 = opened each time */
	bool ended;
	uint32_t threads;
	uint32_t ticks;
	struct series_sample now;  /* at the last tick */
	struct series_sample seen; /* with the last PSS, USS and swap that were read */
	bool is_fresh;		   /* `seen` was read since the last tick */
	struct series series;
	struct account account; /* at the largest RSS looked at; rss_bytes 0 = none */
};

struct sampler {
	bool children;
	uint64_t interval_us;
	uint64_t begin_us; /* monotonic, as the next ones */
	uint64_t last_us;  /* of the last tick */
	uint64_t due_us;
	uint64_t step_us;     /* until the next tick: shorter in the beginning */
	uint64_t walk_due_us; /* when pages may be walked again */
	size_t turn;	      /* whose pages are walked next */
	uint32_t late;
	uint64_t longest_us;
	struct tracked *list;
	size_t count;
	size_t room;
	pid_t *others; /* of the machine, in order: looked at once, and not ours */
	size_t other_count;
	size_t other_room;
	struct series tree;
};

void sampler_open(struct sampler *s, pid_t root, uint64_t interval_us, bool children);

/* Looks, if it is time; microseconds until the next time. */
uint64_t sampler_tick(struct sampler *s);

/* A process that is ours though it has lost its parents. */
void sampler_join(struct sampler *s, pid_t pid);

/* NULL when it was never seen. */
struct tracked *sampler_find(const struct sampler *s, pid_t pid);

/* May pages be walked now?  Then tell what it cost, with sampler_cost_us() as it was before. */
bool sampler_may_walk(const struct sampler *s);
void sampler_walked(struct sampler *s, uint64_t began_us);

uint64_t sampler_cost_us(void); /* processor time of our own */
uint64_t sampler_now_us(void);
uint64_t sampler_unix_us(void);

void sampler_close(struct sampler *s); /* descriptors; the series stay */
void sampler_free(struct sampler *s);

#endif
