/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/append.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/vec.h"

#define FAMILY_MOST 64 /* processes, the largest of them */
#define PER_CHUNK   (TIDE_CHUNK_BYTES / sizeof(struct tide_process))

struct pile {
	struct tide_process *list;
	size_t count;
	size_t room;
	bool failed;
	uint64_t from_us; /* of the recording, by the wall clock */
	uint64_t until_us;
};

static struct tide_process *add(struct pile *p, uint32_t kind)
{
	if (VEC_ROOM(p->list, p->room, p->count + 1) < 0) {
		p->failed = true;
		return NULL;
	}
	p->list[p->count] = (struct tide_process){ .kind = kind };
	return &p->list[p->count++];
}

static void add_sample(struct pile *p, const struct series_sample *s)
{
	struct tide_process *to = add(p, TIDE_PROCESS_SAMPLE);

	if (!to)
		return;
	to->number = s->threads;
	to->sample.us = s->unix_us - p->from_us;
	to->sample.rss_bytes = s->rss_bytes;
	to->sample.shared_bytes = s->shared_bytes;
	to->sample.pss_bytes = s->pss_bytes;
	to->sample.uss_bytes = s->uss_bytes;
	to->sample.swap_bytes = s->swap_bytes;
	to->sample.processes = s->processes;
	to->sample.flags = s->late ? TIDE_PROCESS_LATE : 0;
}

/* A series that began before has what the process had before its exec. */
static uint64_t peak_in_time(const struct pile *p, const struct series *series)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < series->count; i++) {
		const struct series_sample *s = &series->list[i];

		if (s->unix_us >= p->from_us && s->unix_us < p->until_us && s->rss_bytes > bytes)
			bytes = s->rss_bytes;
	}
	return bytes;
}

/* The head of a series, then those of its samples that fall into the recording's time. */
static void add_series(struct pile *p, const struct sampler *s, const struct series *series,
		       const struct tracked *t)
{
	size_t head = p->count;
	struct tide_process *to = add(p, TIDE_PROCESS_SERIES);

	if (!to)
		return;
	to->series.rss_peak_bytes = series->rss_peak_bytes;
	to->series.interval_us = s->interval_us * (series->stride ? series->stride : 1);
	to->series.late = s->late;
	to->series.longest_ms = (uint32_t)(s->longest_us / 1000);
	if (t) {
		to->series.pid = (uint32_t)t->pid;
		to->series.parent_pid = (uint32_t)t->parent;
		memcpy(to->series.name, t->name, sizeof(t->name));
	} else {
		memcpy(to->series.name, "in all", 7);
	}
	if (series->count && series->list[0].unix_us < p->from_us)
		p->list[head].series.rss_peak_bytes = peak_in_time(p, series);
	for (size_t i = 0; i < series->count; i++) {
		if (series->list[i].unix_us >= p->from_us && series->list[i].unix_us < p->until_us)
			add_sample(p, &series->list[i]);
	}
	if (p->failed)
		return;
	p->list[head].number = (uint32_t)(p->count - head - 1);
	if (p->count == head + 1)
		p->count = head;
}

static void add_account(struct pile *p, const struct account *a)
{
	struct tide_process *to;

	if (!a->rss_bytes || a->unix_us < p->from_us || a->unix_us >= p->until_us)
		return;
	to = add(p, TIDE_PROCESS_ACCOUNT);
	if (!to)
		return;
	to->account.us = a->unix_us - p->from_us;
	to->account.live_bytes = a->live_bytes;
	to->account.rss_bytes = a->rss_bytes;
	to->account.anonymous_bytes = a->anonymous_bytes;
	to->account.file_bytes = a->file_bytes;
	to->account.stack_bytes = a->stack_bytes;
	to->account.recorder_bytes = a->recorder_bytes;
	to->account.mapped_bytes = a->mapped_bytes;
}

static int larger_first(const void *a, const void *b)
{
	const struct tracked *const *x = a, *const *y = b;
	uint64_t one = (*x)->series.rss_peak_bytes, two = (*y)->series.rss_peak_bytes;

	return one > two ? -1 : one < two;
}

static void add_family(struct pile *p, const struct sampler *s, pid_t root)
{
	const struct tracked **all = calloc(s->count + 1, sizeof(*all));
	size_t count = 0;

	for (size_t i = 0; all && i < s->count; i++) {
		if (s->list[i].pid != root)
			all[count++] = &s->list[i];
	}
	if (count)
		qsort(all, count, sizeof(*all), larger_first);
	for (size_t i = 0; i < count && i < FAMILY_MOST; i++)
		add_series(p, s, &all[i]->series, all[i]);
	free(all);
}

/* Until the process's next image began, or for good. */
static uint64_t end_of(const struct harvest *h, size_t at)
{
	for (size_t i = at + 1; i < h->count; i++) {
		if (h->items[i].header.pid == h->items[at].header.pid)
			return h->items[i].header.start_unix_ns / 1000;
	}
	return UINT64_MAX;
}

static int write_at(int fd, const void *data, size_t bytes, uint64_t offset)
{
	return pwrite(fd, data, bytes, (off_t)offset) == (ssize_t)bytes ? 0 : -EIO;
}

/* The chunks, then what leads to them, then the header that counts them. */
static int write_pile(int fd, struct tide_header *h, const struct pile *p)
{
	uint32_t chunks = (uint32_t)((p->count + PER_CHUNK - 1) / PER_CHUNK), i, owner;
	uint64_t first = h->chunks_used;
	int ret = 0;

	if (first + chunks > TIDE_CHUNKS_MAX)
		return -EFBIG;
	if (ftruncate(fd, (off_t)((first + chunks) * TIDE_CHUNK_BYTES)) != 0)
		return -errno;
	ret = write_at(fd, p->list, p->count * sizeof(*p->list), first * TIDE_CHUNK_BYTES);
	for (i = 0; ret == 0 && i < chunks; i++) {
		owner = TIDE_CHUNK_OWNER(TIDE_SECTION_PROCESS, i);
		ret = write_at(fd, &owner, sizeof(owner), TIDE_CHUNK_BYTES + (first + i) * 4);
	}
	if (ret < 0)
		return ret;
	h->chunks_used += chunks;
	h->times.process = (uint32_t)p->count;
	return write_at(fd, h, sizeof(*h), 0);
}

static int append(struct recording *r, const struct pile *p)
{
	int fd = open(r->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW), ret;

	if (fd < 0)
		return -errno;
	ret = pread(fd, &r->header, sizeof(r->header), 0) == (ssize_t)sizeof(r->header) ? 0 : -EIO;
	if (ret == 0 && !r->header.times.process)
		ret = write_pile(fd, &r->header, p);
	close(fd);
	return ret;
}

int append_series(const struct harvest *h, size_t at, const struct sampler *s, pid_t root)
{
	struct recording *r = &h->items[at];
	struct pile p = { .from_us = r->header.start_unix_ns / 1000, .until_us = end_of(h, at) };
	const struct tracked *t = sampler_find(s, (pid_t)r->header.pid);
	int ret = -ENOMEM;

	/* Number 0 means none. */
	add(&p, 0);
	if (t) {
		add_series(&p, s, &t->series, t);
		add_account(&p, &t->account);
	}
	if (r->header.pid == (uint32_t)root && s->count > 1) {
		add_series(&p, s, &s->tree, NULL);
		add_family(&p, s, root);
	}
	if (!p.failed)
		ret = p.count > 1 ? append(r, &p) : 0;
	free(p.list);
	return ret;
}
