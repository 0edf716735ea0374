/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/watch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/account.h"
#include "run/recording.h"

#define PEAK_EVERY 8		       /* ticks */
#define SOON_BYTES ((uint64_t)1 << 30) /* so much is walked in some ten milliseconds */

/* File systems tell times so coarsely that a later change may leave a directory's as it was. */
#define COARSE_US 2000000u

void watch_open(struct watch *w, const char *directory, pid_t root, uint64_t interval_us,
		bool children)
{
	memset(w, 0, sizeof(*w));
	w->directory = directory;
	sampler_open(&w->sampler, root, interval_us, children);
}

static void map_header(struct watched *item)
{
	void *at = mmap(NULL, sizeof(*item->header), PROT_READ | PROT_WRITE, MAP_SHARED, item->fd,
			0);

	item->header = at == MAP_FAILED ? NULL : at;
	item->live_bytes = 0;
}

static void let_go(struct watched *item)
{
	if (item->header)
		munmap(item->header, sizeof(*item->header));
	close(item->fd);
}

/*
 * Frees look at no clock.  Where what is live has moved since the last look, the next call of the
 * program, a free too, writes a row.
 */
static void ask_for_row(struct watched *item)
{
	struct tide_pulse *pulse = item->header ? &item->header->pulse : NULL;
	int64_t live_bytes = pulse ? __atomic_load_n(&pulse->live_bytes, __ATOMIC_RELAXED) : 0;

	if (live_bytes == item->live_bytes)
		return;
	item->live_bytes = live_bytes;
	__atomic_fetch_or(&pulse->control, TIDE_CONTROL_TICK, __ATOMIC_ACQ_REL);
}

void watch_close(struct watch *w)
{
	for (size_t i = 0; i < w->count; i++)
		let_go(&w->items[i]);
	w->count = 0;
	sampler_close(&w->sampler);
}

static void forget(struct watch *w, size_t i)
{
	let_go(&w->items[i]);
	w->items[i] = w->items[--w->count];
}

static bool is_known(const struct watch *w, ino_t inode)
{
	for (size_t i = 0; i < w->count; i++) {
		if (w->items[i].inode == inode)
			return true;
	}
	return false;
}

/* A recording of a live process joins; one that is not ready yet will at a later look. */
static bool join(struct watch *w, int directory, const struct dirent *entry)
{
	struct watched *item = &w->items[w->count];
	struct recording r;

	if (entry->d_name[0] == '.' || is_known(w, entry->d_ino) || w->count == WATCH_MOST)
		return true;
	item->fd = openat(directory, entry->d_name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (item->fd < 0)
		return true;
	if (pread(item->fd, &r.header, sizeof(r.header), 0) != (ssize_t)sizeof(r.header) ||
	    memcmp(r.header.magic, TIDE_MAGIC, sizeof(r.header.magic)) != 0) {
		close(item->fd);
		return false;
	}
	if (!recording_is_alive(&r)) {
		close(item->fd);
		return true;
	}
	item->pid = (pid_t)r.header.pid;
	item->inode = entry->d_ino;
	map_header(item);
	w->count++;
	return true;
}

static bool is_recent(const struct timespec *t)
{
	return (uint64_t)t->tv_sec * 1000000 + (uint64_t)t->tv_nsec / 1000 + COARSE_US >
	       sampler_unix_us();
}

static void look(struct watch *w)
{
	struct dirent *entry;
	struct stat st;
	bool complete;
	DIR *d;

	if (stat(w->directory, &st) != 0 ||
	    (st.st_mtim.tv_sec == w->changed.tv_sec && st.st_mtim.tv_nsec == w->changed.tv_nsec))
		return;
	d = opendir(w->directory);
	if (!d)
		return;
	complete = !is_recent(&st.st_mtim);
	while ((entry = readdir(d)))
		complete &= join(w, dirfd(d), entry);
	closedir(d);
	if (complete)
		w->changed = st.st_mtim;
}

static bool write_word(int fd, size_t offset, uint64_t value)
{
	return pwrite(fd, &value, sizeof(value), (off_t)offset) == (ssize_t)sizeof(value);
}

static bool raise_peak(int fd, uint64_t peak_bytes)
{
	const size_t at = offsetof(struct tide_header, rss_peak_bytes);
	uint64_t known_bytes;

	if (pread(fd, &known_bytes, sizeof(known_bytes), (off_t)at) != (ssize_t)sizeof(known_bytes))
		return false;
	return peak_bytes <= known_bytes || write_word(fd, at, peak_bytes);
}

/* The kernel knows the peak between two looks too, but asking for it takes longer. */
static uint64_t peak_of(const struct watch *w, const struct watched *item, uint64_t now_bytes)
{
	uint64_t rss_bytes, peak_bytes;

	if (w->ticks % PEAK_EVERY || !recording_process_rss(item->pid, &rss_bytes, &peak_bytes))
		return now_bytes;
	return peak_bytes;
}

/*
 * When the RSS is larger than ever; and since pages may be walked only now and then, out of turn
 * when it has doubled: so that the last account of a short run is of most of what it had.
 */
static bool is_due(const struct watch *w, const struct tracked *t)
{
	uint64_t old_bytes = t->account.rss_bytes, new_bytes = t->now.rss_bytes;

	if (new_bytes <= old_bytes + old_bytes / 50)
		return false;
	return sampler_may_walk(&w->sampler) ||
	       (new_bytes / 2 >= old_bytes && new_bytes <= SOON_BYTES);
}

static void draw_up(struct watch *w, const struct watched *item, struct tracked *t)
{
	uint64_t began_us = sampler_cost_us();
	struct account a;

	if (!is_due(w, t))
		return;
	if (account_draw_up(item->pid, item->fd, &a, &t->seen)) {
		t->is_fresh = true;
		if (a.rss_bytes > t->account.rss_bytes)
			t->account = a;
	}
	sampler_walked(&w->sampler, began_us);
}

/* Before the sampler walks pages for itself: what it would find is found on the way. */
static void draw_up_some(struct watch *w)
{
	for (size_t i = 0; i < w->count; i++) {
		struct tracked *t = sampler_find(&w->sampler, w->items[i].pid);

		if (t && !t->ended)
			draw_up(w, &w->items[i], t);
	}
}

/* False when there is nothing left to watch. */
static bool measure(struct watch *w, struct watched *item)
{
	struct tracked *t = sampler_find(&w->sampler, item->pid);
	uint64_t now_bytes, state_and_status;

	if (pread(item->fd, &state_and_status, sizeof(state_and_status),
		  offsetof(struct tide_header, state)) != (ssize_t)sizeof(state_and_status) ||
	    (uint32_t)state_and_status != TIDE_RUNNING || !t || t->ended)
		return false;
	ask_for_row(item);
	now_bytes = t->now.rss_bytes;
	return !now_bytes ||
	       (raise_peak(item->fd, peak_of(w, item, now_bytes)) &&
		write_word(item->fd, offsetof(struct tide_header, rss_now_bytes), now_bytes));
}

uint64_t watch_tick(struct watch *w)
{
	uint64_t wait_us;

	look(w);
	for (size_t i = 0; w->sampler.children && i < w->count; i++)
		sampler_join(&w->sampler, w->items[i].pid);
	if (sampler_now_us() < w->sampler.due_us)
		return w->sampler.due_us - sampler_now_us();
	draw_up_some(w);
	wait_us = sampler_tick(&w->sampler);
	for (size_t i = w->count; i-- > 0;) {
		if (!measure(w, &w->items[i]))
			forget(w, i);
	}
	w->ticks++;
	return wait_us;
}
