/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which recordings the command finds while they are written. */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/unit.h"
#include "run/watch.h"
#include "tidemark/profile.h"

#define TICK_US 10000u

static void write_recording(const char *path)
{
	struct tide_header h = {
		.magic = TIDE_MAGIC,
		.version = TIDE_VERSION,
		.chunk_bytes = TIDE_CHUNK_BYTES,
		.state = TIDE_RUNNING,
		.pid = (uint32_t)getpid(),
		.start_unix_ns = (uint64_t)time(NULL) * 1000000000u,
	};
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, &h, sizeof(h)), sizeof(h));
	close(fd);
}

/* A file that comes while the directory's time stands still, as it does for some milliseconds. */
START_TEST(a_recording_is_found_within_one_tick_of_the_clock)
{
	char directory[] = "/tmp/test-watch-XXXXXX", path[64];
	static struct watch w;
	struct stat st;

	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/a.tide", directory);
	watch_open(&w, directory, getpid(), TICK_US, false);
	watch_tick(&w);
	ck_assert_uint_eq(w.count, 0);
	ck_assert_int_eq(stat(directory, &st), 0);
	write_recording(path);
	ck_assert_int_eq(
		utimensat(AT_FDCWD, directory, (struct timespec[]){ st.st_atim, st.st_mtim }, 0),
		0);
	usleep(2 * TICK_US);
	watch_tick(&w);
	ck_assert_uint_eq(w.count, 1);
	watch_close(&w);
	sampler_free(&w.sampler);
	unlink(path);
	rmdir(directory);
}
END_TEST

UNIT_MAIN("watch", a_recording_is_found_within_one_tick_of_the_clock)
