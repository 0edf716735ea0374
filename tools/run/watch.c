/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/watch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/recording.h"

void watch_open(struct watch *w, const char *directory)
{
	memset(w, 0, sizeof(*w));
	w->directory = directory;
}

void watch_close(struct watch *w)
{
	for (size_t i = 0; i < w->count; i++)
		close(w->items[i].fd);
	w->count = 0;
}

static void forget(struct watch *w, size_t i)
{
	close(w->items[i].fd);
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
	w->count++;
	return true;
}

static void look(struct watch *w)
{
	struct dirent *entry;
	struct stat st;
	bool complete = true;
	DIR *d;

	if (stat(w->directory, &st) != 0 ||
	    (st.st_mtim.tv_sec == w->changed.tv_sec && st.st_mtim.tv_nsec == w->changed.tv_nsec))
		return;
	d = opendir(w->directory);
	if (!d)
		return;
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

/* False when there is nothing left to watch. */
static bool measure(const struct watched *item)
{
	uint64_t now_bytes, peak_bytes, known_bytes, state_and_status;

	if (pread(item->fd, &state_and_status, sizeof(state_and_status),
		  offsetof(struct tide_header, state)) != (ssize_t)sizeof(state_and_status) ||
	    (uint32_t)state_and_status != TIDE_RUNNING ||
	    !recording_process_rss(item->pid, &now_bytes, &peak_bytes))
		return false;
	if (pread(item->fd, &known_bytes, sizeof(known_bytes),
		  offsetof(struct tide_header, rss_peak_bytes)) != (ssize_t)sizeof(known_bytes))
		return false;
	if (peak_bytes > known_bytes &&
	    !write_word(item->fd, offsetof(struct tide_header, rss_peak_bytes), peak_bytes))
		return false;
	return write_word(item->fd, offsetof(struct tide_header, rss_now_bytes), now_bytes);
}

void watch_tick(struct watch *w)
{
	look(w);
	for (size_t i = w->count; i-- > 0;) {
		if (!measure(&w->items[i]))
			forget(w, i);
	}
}
