/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/sampler.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/vec.h"
#include "proc/smaps.h"
#include "proc/stat.h"
#include "proc/statm.h"

#define STEP_FIRST_US	 5000u /* doubled up to the interval: short runs have a series too */
#define WALK_SHARE	 100u  /* of the time goes to walking pages, at most */
#define DESCRIPTORS_MOST 256u
#define STAT_EVERY	 10u /* ticks between two looks at name and threads */

static uint64_t clock_us(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

uint64_t sampler_now_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}

uint64_t sampler_unix_us(void)
{
	return clock_us(CLOCK_REALTIME);
}

struct tracked *sampler_find(const struct sampler *s, pid_t pid)
{
	for (size_t i = s->count; i-- > 0;) {
		if (s->list[i].pid == pid)
			return &s->list[i];
	}
	return NULL;
}

static void track(struct sampler *s, const struct proc_stat *stat)
{
	char path[64];
	struct tracked *t;

	if (VEC_ROOM(s->list, s->room, s->count + 1) < 0)
		return;
	t = &s->list[s->count++];
	*t = (struct tracked){ .pid = stat->pid, .parent = stat->parent, .statm = -1 };
	snprintf(t->name, sizeof(t->name), "%.15s", stat->name);
	t->threads = stat->threads;
	snprintf(path, sizeof(path), "/proc/%d/statm", (int)stat->pid);
	if (s->count < DESCRIPTORS_MOST)
		t->statm = open(path, O_RDONLY | O_CLOEXEC);
}

void sampler_join(struct sampler *s, pid_t pid)
{
	const struct tracked *t = sampler_find(s, pid);
	struct proc_stat stat;

	if ((!t || t->ended) && proc_stat_read(pid, &stat) == 0 && stat.state != 'Z')
		track(s, &stat);
}

void sampler_open(struct sampler *s, pid_t root, uint64_t interval_us, bool children)
{
	memset(s, 0, sizeof(*s));
	s->children = children;
	s->interval_us = interval_us;
	s->step_us = STEP_FIRST_US < interval_us ? STEP_FIRST_US : interval_us;
	s->begin_us = s->last_us = sampler_now_us();
	s->due_us = s->begin_us + s->step_us;
	sampler_join(s, root);
}

static int by_pid(const void *a, const void *b)
{
	const pid_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static bool is_ours(const struct sampler *s, pid_t pid)
{
	const struct tracked *t = sampler_find(s, pid);

	return t && !t->ended;
}

static bool was_looked_at(const struct sampler *s, pid_t pid, size_t old_count)
{
	return old_count && bsearch(&pid, s->others, old_count, sizeof(pid), by_pid);
}

/* Only who is new is asked for his parent. */
static void meet(struct sampler *s, pid_t pid, size_t old_count)
{
	struct proc_stat stat;

	if (is_ours(s, pid))
		return;
	if (!was_looked_at(s, pid, old_count) && proc_stat_read(pid, &stat) == 0 &&
	    stat.state != 'Z' && is_ours(s, stat.parent)) {
		track(s, &stat);
		return;
	}
	if (VEC_ROOM(s->others, s->other_room, s->other_count + 1) == 0)
		s->others[s->other_count++] = pid;
}

static void discover(struct sampler *s)
{
	size_t old_count = s->other_count;
	struct dirent *entry;
	DIR *d = opendir("/proc");

	if (!d)
		return;
	while ((entry = readdir(d))) {
		if (isdigit((unsigned char)entry->d_name[0]))
			meet(s, (pid_t)strtol(entry->d_name, NULL, 10), old_count);
	}
	closedir(d);
	/* Those met this time stand behind those of the last one. */
	s->other_count -= old_count;
	if (old_count)
		memmove(s->others, s->others + old_count, s->other_count * sizeof(*s->others));
	if (s->other_count)
		qsort(s->others, s->other_count, sizeof(*s->others), by_pid);
}

static void end(struct tracked *t)
{
	t->ended = true;
	if (t->statm >= 0)
		close(t->statm);
	t->statm = -1;
}

static void look_again(struct tracked *t)
{
	struct proc_stat stat;

	/* The first looks may have seen it before its exec. */
	if (t->ticks % STAT_EVERY > 2 || proc_stat_read(t->pid, &stat) < 0)
		return;
	snprintf(t->name, sizeof(t->name), "%.15s", stat.name);
	t->threads = stat.threads;
}

static void sample(struct tracked *t, uint64_t unix_us, bool late)
{
	struct proc_memory m;
	int ret = t->statm >= 0 ? proc_statm_reread(t->statm, &m) : proc_statm_read(t->pid, &m);

	if (ret < 0 || !m.rss) {
		end(t);
		return;
	}
	look_again(t);
	t->ticks++;
	t->now = (struct series_sample){
		.unix_us = unix_us,
		.rss_bytes = m.rss,
		.shared_bytes = m.shared,
		.threads = t->threads,
		.processes = 1,
		.late = late,
	};
	if (t->is_fresh) {
		t->now.pss_bytes = t->seen.pss_bytes;
		t->now.uss_bytes = t->seen.uss_bytes;
		t->now.swap_bytes = t->seen.swap_bytes;
	}
	t->is_fresh = false;
}

bool sampler_may_walk(const struct sampler *s)
{
	return sampler_now_us() >= s->walk_due_us;
}

uint64_t sampler_cost_us(void)
{
	return clock_us(CLOCK_THREAD_CPUTIME_ID);
}

void sampler_walked(struct sampler *s, uint64_t began_us)
{
	s->walk_due_us = sampler_now_us() + (sampler_cost_us() - began_us) * WALK_SHARE;
}

static void walk(struct sampler *s, struct tracked *t)
{
	uint64_t began_us = sampler_cost_us();
	struct proc_share share;

	if (proc_share_read(t->pid, &share) == 0) {
		t->now.pss_bytes = share.pss;
		t->now.uss_bytes = share.uss;
		t->now.swap_bytes = share.swap;
		t->seen = t->now;
	}
	sampler_walked(s, began_us);
}

/* One after the other has his turn, as long as there is time. */
static void walk_some(struct sampler *s)
{
	for (size_t i = 0; i < s->count && sampler_may_walk(s); i++) {
		struct tracked *t = &s->list[s->turn++ % s->count];

		if (!t->ended)
			walk(s, t);
	}
}

static void add_up(struct sampler *s, uint64_t unix_us, bool late)
{
	struct series_sample sum = { .unix_us = unix_us, .late = late };
	bool shares = true;

	for (size_t i = 0; i < s->count; i++) {
		struct tracked *t = &s->list[i];

		if (t->ended)
			continue;
		series_add(&t->series, &t->now);
		sum.rss_bytes += t->now.rss_bytes;
		sum.shared_bytes += t->now.shared_bytes;
		sum.pss_bytes += t->seen.pss_bytes;
		sum.uss_bytes += t->seen.uss_bytes;
		sum.swap_bytes += t->seen.swap_bytes;
		sum.threads += t->now.threads;
		sum.processes++;
		shares &= t->seen.pss_bytes > 0;
	}
	if (!shares)
		sum.pss_bytes = sum.uss_bytes = sum.swap_bytes = 0;
	if (sum.processes)
		series_add(&s->tree, &sum);
}

static void schedule(struct sampler *s, uint64_t now_us)
{
	if (s->step_us < s->interval_us)
		s->step_us = s->step_us * 2 < s->interval_us ? s->step_us * 2 : s->interval_us;
	s->due_us += s->step_us;
	if (s->due_us <= now_us)
		s->due_us = now_us + s->step_us;
}

uint64_t sampler_tick(struct sampler *s)
{
	uint64_t now_us = sampler_now_us(), unix_us = sampler_unix_us();
	bool late;

	if (now_us < s->due_us)
		return s->due_us - now_us;
	late = now_us - s->last_us > s->step_us + s->step_us / 2;
	s->late += late;
	if (now_us - s->last_us > s->longest_us)
		s->longest_us = now_us - s->last_us;
	s->last_us = now_us;
	if (s->children)
		discover(s);
	for (size_t i = 0; i < s->count; i++) {
		if (!s->list[i].ended)
			sample(&s->list[i], unix_us, late);
	}
	walk_some(s);
	add_up(s, unix_us, late);
	schedule(s, now_us);
	now_us = sampler_now_us();
	return s->due_us > now_us ? s->due_us - now_us : 0;
}

void sampler_close(struct sampler *s)
{
	for (size_t i = 0; i < s->count; i++)
		end(&s->list[i]);
}

void sampler_free(struct sampler *s)
{
	for (size_t i = 0; i < s->count; i++)
		series_free(&s->list[i].series);
	series_free(&s->tree);
	free(s->list);
	free(s->others);
	memset(s, 0, sizeof(*s));
}
