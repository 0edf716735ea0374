/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/move.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/recording.h"

#define PIECE_BYTES (1u << 20)

static int copy_piece(int from, int to, off_t at, size_t bytes, char *room)
{
	ssize_t n = pread(from, room, bytes, at);

	if (n < 0)
		return -errno;
	if (n == 0)
		return -EIO;
	for (ssize_t done = 0; done < n;) {
		ssize_t written = pwrite(to, room + done, (size_t)(n - done), at + done);

		if (written < 0)
			return -errno;
		done += written;
	}
	return (int)n;
}

static int copy_range(int from, int to, off_t start, off_t end, char *room)
{
	while (start < end) {
		size_t bytes = end - start < PIECE_BYTES ? (size_t)(end - start) : PIECE_BYTES;
		int n = copy_piece(from, to, start, bytes, room);

		if (n < 0)
			return n;
		start += n;
	}
	return 0;
}

/* Only what is data; a file system that knows no holes calls everything data. */
static int copy_data(int from, int to, char *room)
{
	off_t size = lseek(from, 0, SEEK_END);
	off_t start, end = 0;

	if (size < 0 || ftruncate(to, size) != 0)
		return -errno;
	while ((start = lseek(from, end, SEEK_DATA)) >= 0) {
		int ret;

		end = lseek(from, start, SEEK_HOLE);
		if (end < 0)
			return -errno;
		ret = copy_range(from, to, start, end, room);
		if (ret < 0)
			return ret;
	}
	return errno == ENXIO ? 0 : -errno;
}

static int copy_into(int from, const char *path)
{
	int to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	char *room;
	int ret;

	if (to < 0)
		return -errno;
	room = malloc(PIECE_BYTES);
	ret = room ? copy_data(from, to, room) : -ENOMEM;
	free(room);
	if (close(to) != 0 && ret == 0)
		ret = -errno;
	if (ret < 0)
		unlink(path);
	return ret;
}

static int copy_file(const char *from, const char *to)
{
	int fd = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	int ret;

	if (fd < 0)
		return -errno;
	ret = copy_into(fd, to);
	close(fd);
	if (ret == 0)
		unlink(from);
	return ret;
}

int move_file(const char *from, const char *to)
{
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return chmod(to, 0600) == 0 ? 0 : -errno;
	if (errno == EEXIST)
		return -EEXIST;
	/* Another file system, or one without RENAME_NOREPLACE. */
	return copy_file(from, to);
}

void move_away(const char *path)
{
	struct recording old;
	struct stat st;

	if (lstat(path, &st) != 0 || !S_ISREG(st.st_mode))
		return;
	if (st.st_size == 0 || recording_read(&old, path) == 0)
		unlink(path);
}
