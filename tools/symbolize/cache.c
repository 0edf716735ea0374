/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "symbolize/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/vec.h"

#define CACHE_MAGIC "TIDESYM2"

struct cache_header {
	char magic[8];
	uint64_t checksum; /* of all that follows this field */
	uint8_t build_id[32];
	uint32_t build_id_bytes;
	uint32_t has_lines;
	uint32_t answers;
	uint32_t lines;
	uint32_t pool_bytes;
	uint32_t reserved;
};

#define SUMMED_FROM offsetof(struct cache_header, build_id)

static uint64_t checksum(const void *data, size_t bytes)
{
	const unsigned char *at = data;
	uint64_t sum = 0x9e3779b97f4a7c15u, word;

	for (; bytes >= sizeof(word); at += sizeof(word), bytes -= sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		sum = (sum ^ word) * 0xff51afd7ed558ccdu;
		sum ^= sum >> 32;
	}
	for (; bytes; at++, bytes--)
		sum = (sum ^ *at) * 0x100000001b3u;
	return sum;
}

static void file_name(const struct cache_key *key, struct buf *name)
{
	uint32_t i;

	buf_printf(name, "%s/", key->directory);
	for (i = 0; i < key->build_id_bytes; i++)
		buf_printf(name, "%02x", key->build_id[i]);
	buf_puts(name, ".sym");
}

static int read_file(const char *path, char **data, size_t *bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;
	struct stat stat;
	ssize_t got;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &stat))
		err = -errno;
	else if (!S_ISREG(stat.st_mode) || (uint64_t)stat.st_size > CACHE_FILE_MOST_BYTES)
		err = -EBADMSG;
	*bytes = err ? 0 : (size_t)stat.st_size;
	*data = err ? NULL : malloc(*bytes + 1);
	if (!err && !*data)
		err = -ENOMEM;
	if (!err) {
		got = read(fd, *data, *bytes);
		if (got != (ssize_t)*bytes)
			err = -EBADMSG;
	}
	/* The time of the last use decides who goes first. */
	if (!err)
		futimens(fd, NULL);
	close(fd);
	return err;
}

static bool header_fits(const struct cache_header *h, const struct cache_key *key, const char *data,
			size_t bytes)
{
	uint64_t need = sizeof(*h) + (uint64_t)h->answers * sizeof(struct answer) +
			(uint64_t)h->lines * sizeof(struct answer_line) + h->pool_bytes;

	return !memcmp(h->magic, CACHE_MAGIC, sizeof(h->magic)) && need == bytes &&
	       h->build_id_bytes == key->build_id_bytes &&
	       !memcmp(h->build_id, key->build_id, key->build_id_bytes) &&
	       checksum(data + SUMMED_FROM, bytes - SUMMED_FROM) == h->checksum;
}

static bool contents_fit(const struct answers *a, size_t pool_bytes)
{
	size_t i;

	if (pool_bytes && (a->pool.data[0] || a->pool.data[pool_bytes - 1]))
		return false;
	for (i = 0; i < a->count; i++) {
		if ((uint64_t)a->list[i].first + a->list[i].count > a->line_count)
			return false;
		if (i && a->list[i - 1].address >= a->list[i].address)
			return false;
	}
	for (i = 0; i < a->line_count; i++)
		if ((a->lines[i].function && a->lines[i].function >= pool_bytes) ||
		    (a->lines[i].linkage && a->lines[i].linkage >= pool_bytes) ||
		    (a->lines[i].file && a->lines[i].file >= pool_bytes))
			return false;
	return true;
}

/* Strings are copied one by one: the pool needs its own table of them to grow. */
static int fill_pool(struct answers *a, const char *strings, size_t bytes)
{
	uint32_t number;
	size_t at;
	int err;

	for (at = 1; at < bytes; at += strlen(strings + at) + 1) {
		err = pool_add(&a->pool, strings + at, &number);
		if (err)
			return err;
		if (number != at)
			return -EBADMSG;
	}
	return 0;
}

static int take(struct answers *a, const struct cache_header *h, const char *data)
{
	const char *lines = data + sizeof(*h) + h->answers * sizeof(struct answer);
	const char *strings = lines + h->lines * sizeof(struct answer_line);
	int err;

	err = VEC_ROOM(a->list, a->room, h->answers);
	if (!err)
		err = VEC_ROOM(a->lines, a->line_room, h->lines);
	if (err)
		return err;
	if (h->pool_bytes && (strings[0] || strings[h->pool_bytes - 1]))
		return -EBADMSG;
	if (h->answers)
		memcpy(a->list, data + sizeof(*h), h->answers * sizeof(struct answer));
	if (h->lines)
		memcpy(a->lines, lines, h->lines * sizeof(struct answer_line));
	a->count = h->answers;
	a->line_count = h->lines;
	err = fill_pool(a, strings, h->pool_bytes);
	if (!err && !contents_fit(a, h->pool_bytes))
		err = -EBADMSG;
	return err;
}

int cache_load(const struct cache_key *key, struct answers *answers, bool *has_lines)
{
	struct cache_header header;
	struct buf name = { 0 };
	char *data = NULL;
	size_t bytes = 0;
	int err;

	file_name(key, &name);
	err = name.failed ? -ENOMEM : read_file(name.data, &data, &bytes);
	if (!err && bytes < sizeof(header))
		err = -EBADMSG;
	if (!err) {
		memcpy(&header, data, sizeof(header));
		err = header_fits(&header, key, data, bytes) ? take(answers, &header, data)
							     : -EBADMSG;
	}
	if (err)
		answers_free(answers);
	else
		*has_lines = header.has_lines;
	free(data);
	buf_free(&name);
	return err;
}

static int make_directory(const char *path)
{
	char copy[4096], *slash;

	if (strlen(path) >= sizeof(copy))
		return -ENAMETOOLONG;
	strcpy(copy, path);
	for (slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(copy, 0700);
		*slash = '/';
	}
	return mkdir(copy, 0700) && errno != EEXIST ? -errno : 0;
}

static int write_all(int fd, const char *data, size_t bytes)
{
	ssize_t got;

	while (bytes) {
		got = write(fd, data, bytes);
		if (got < 0 && errno != EINTR)
			return -errno;
		data += got > 0 ? got : 0;
		bytes -= got > 0 ? (size_t)got : 0;
	}
	return 0;
}

static int replace_file(const char *path, const struct buf *data)
{
	struct buf name = { 0 };
	int fd, err;

	buf_printf(&name, "%s.XXXXXX", path);
	if (name.failed)
		return -ENOMEM;
	fd = mkostemp(name.data, O_CLOEXEC);
	if (fd < 0) {
		err = -errno;
		buf_free(&name);
		return err;
	}
	err = write_all(fd, data->data, data->bytes);
	if (close(fd) && !err)
		err = -errno;
	if (!err && rename(name.data, path))
		err = -errno;
	if (err)
		unlink(name.data);
	buf_free(&name);
	return err;
}

static void encode(const struct cache_key *key, const struct answers *a, bool has_lines,
		   struct buf *data)
{
	struct cache_header h = {
		.build_id_bytes = key->build_id_bytes,
		.has_lines = has_lines,
		.answers = (uint32_t)a->count,
		.lines = (uint32_t)a->line_count,
		.pool_bytes = (uint32_t)a->pool.bytes,
	};

	memcpy(h.magic, CACHE_MAGIC, sizeof(h.magic));
	memcpy(h.build_id, key->build_id, key->build_id_bytes);
	buf_add(data, &h, sizeof(h));
	buf_add(data, a->list, a->count * sizeof(*a->list));
	buf_add(data, a->lines, a->line_count * sizeof(*a->lines));
	buf_add(data, a->pool.data, a->pool.bytes);
	if (data->failed)
		return;
	h.checksum = checksum(data->data + SUMMED_FROM, data->bytes - SUMMED_FROM);
	memcpy(data->data, &h, sizeof(h));
}

int cache_save(const struct cache_key *key, const struct answers *answers, bool has_lines)
{
	struct buf name = { 0 }, data = { 0 };
	int err = make_directory(key->directory);

	if (err)
		return err;
	file_name(key, &name);
	encode(key, answers, has_lines, &data);
	if (name.failed || data.failed)
		err = -ENOMEM;
	else if (data.bytes > CACHE_FILE_MOST_BYTES)
		err = -EFBIG;
	else
		err = replace_file(name.data, &data);
	buf_free(&name);
	buf_free(&data);
	return err;
}

struct cached_file {
	char name[256];
	struct timespec used;
	uint64_t bytes;
};

static int by_use(const void *one, const void *two)
{
	const struct cached_file *a = one, *b = two;

	if (a->used.tv_sec != b->used.tv_sec)
		return a->used.tv_sec < b->used.tv_sec ? -1 : 1;
	return a->used.tv_nsec < b->used.tv_nsec ? -1 : a->used.tv_nsec > b->used.tv_nsec;
}

static uint64_t list_files(DIR *directory, struct cached_file **files, size_t *count)
{
	uint64_t total_bytes = 0;
	struct dirent *entry;
	struct stat stat;
	size_t room = 0;

	while ((entry = readdir(directory))) {
		if (!strstr(entry->d_name, ".sym") || strlen(entry->d_name) > 255 ||
		    fstatat(dirfd(directory), entry->d_name, &stat, AT_SYMLINK_NOFOLLOW))
			continue;
		if (VEC_ROOM(*files, room, *count + 1))
			break;
		strcpy((*files)[*count].name, entry->d_name);
		(*files)[*count].used = stat.st_mtim;
		(*files)[*count].bytes = (uint64_t)stat.st_size;
		total_bytes += (uint64_t)stat.st_size;
		(*count)++;
	}
	return total_bytes;
}

void cache_trim(const char *directory, uint64_t total_most_bytes)
{
	DIR *open_directory = opendir(directory);
	struct cached_file *files = NULL;
	uint64_t total_bytes;
	size_t count = 0, i;

	if (!open_directory)
		return;
	total_bytes = list_files(open_directory, &files, &count);
	if (total_bytes > total_most_bytes) {
		qsort(files, count, sizeof(*files), by_use);
		for (i = 0; i < count && total_bytes > total_most_bytes; i++) {
			unlinkat(dirfd(open_directory), files[i].name, 0);
			total_bytes -= files[i].bytes;
		}
	}
	free(files);
	closedir(open_directory);
}
