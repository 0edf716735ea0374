/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A process that began this much after its recording is another one of the same number. */
#define PID_REUSE_NS 2000000000ull

static bool header_is_ours(const struct tide_header *h)
{
	return memcmp(h->magic, TIDE_MAGIC, sizeof(h->magic)) == 0 && h->version == TIDE_VERSION &&
	       h->chunk_bytes == TIDE_CHUNK_BYTES;
}

int recording_read(struct recording *r, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = pread(fd, &r->header, sizeof(r->header), 0);
	close(fd);
	if (n != (ssize_t)sizeof(r->header) || !header_is_ours(&r->header))
		return -EBADMSG;
	if (path != r->path &&
	    (size_t)snprintf(r->path, sizeof(r->path), "%s", path) >= sizeof(r->path))
		return -ENAMETOOLONG;
	return 0;
}

/* The letter of the state and the start since boot, in ticks, of /proc/PID/stat. */
static bool read_stat(pid_t pid, char *state, unsigned long long *start_ticks)
{
	char path[64], text[1024];
	const char *behind;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return false;
	text[n] = 0;
	/* The name in parentheses may hold anything, parentheses too. */
	behind = strrchr(text, ')');
	return behind && sscanf(behind + 1,
				" %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u "
				"%*d %*d %*d %*d %*d %*d %llu",
				state, start_ticks) == 2;
}

static uint64_t to_ns(const struct timespec *t)
{
	return (uint64_t)t->tv_sec * 1000000000u + (uint64_t)t->tv_nsec;
}

bool recording_is_alive(const struct recording *r)
{
	unsigned long long ticks;
	struct timespec now, up;
	uint64_t start_ns;
	char state;

	if (r->header.state != TIDE_RUNNING || (r->header.flags & TIDE_FLAG_SEALED) ||
	    !read_stat((pid_t)r->header.pid, &state, &ticks) || state == 'Z' || state == 'X')
		return false;
	clock_gettime(CLOCK_REALTIME, &now);
	clock_gettime(CLOCK_BOOTTIME, &up);
	start_ns = to_ns(&now) - to_ns(&up) +
		   ticks * (1000000000ull / (uint64_t)sysconf(_SC_CLK_TCK));
	return start_ns <= r->header.start_unix_ns + PID_REUSE_NS;
}

static int cut(int fd, struct recording *r)
{
	uint64_t used = (uint64_t)r->header.chunks_used * TIDE_CHUNK_BYTES;
	struct stat st;

	if ((r->header.flags & TIDE_FLAG_SEALED) || r->header.chunks_used < 2 ||
	    r->header.chunks_used > TIDE_CHUNKS_MAX)
		return 0;
	if (fstat(fd, &st) != 0)
		return -errno;
	if ((uint64_t)st.st_size > used && ftruncate(fd, (off_t)used) != 0)
		return -errno;
	r->header.flags |= TIDE_FLAG_SEALED;
	return 0;
}

/* A process whose end was seen has just ended; of another, its last word is known. */
static uint64_t end_of(const struct tide_header *h, bool seen)
{
	struct timespec now;
	uint64_t last_us = h->pulse.now_us > h->pulse.peak_us ? h->pulse.now_us : h->pulse.peak_us;
	uint64_t now_ns;

	clock_gettime(CLOCK_REALTIME, &now);
	now_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
	if (seen && now_ns > h->start_unix_ns && (now_ns - h->start_unix_ns) / 1000 > last_us)
		return (now_ns - h->start_unix_ns) / 1000;
	return last_us;
}

int recording_settle(struct recording *r, uint32_t state, int status)
{
	int fd = open(r->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	int ret;

	if (fd < 0)
		return -errno;
	if (r->header.state == TIDE_RUNNING) {
		r->header.state = state;
		r->header.end_status = status;
		if (!r->header.end_us)
			r->header.end_us = end_of(&r->header, state == TIDE_DIED && status);
	}
	ret = cut(fd, r);
	if (pwrite(fd, &r->header, sizeof(r->header), 0) != (ssize_t)sizeof(r->header))
		ret = -EIO;
	close(fd);
	return ret;
}

bool recording_process_rss(pid_t pid, uint64_t *now_bytes, uint64_t *peak_bytes)
{
	char path[64], line[256];
	unsigned long long kib;
	FILE *f;

	*now_bytes = *peak_bytes = 0;
	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "VmHWM: %llu", &kib) == 1)
			*peak_bytes = kib * 1024;
		else if (sscanf(line, "VmRSS: %llu", &kib) == 1)
			*now_bytes = kib * 1024;
	}
	fclose(f);
	return *now_bytes != 0;
}

int recording_by_start(const void *a, const void *b)
{
	const struct recording *x = a, *y = b;

	if (x->header.start_unix_ns != y->header.start_unix_ns)
		return x->header.start_unix_ns < y->header.start_unix_ns ? -1 : 1;
	/* The clock may tick only every 4 ms: what another came after came first. */
	if ((x->header.state == TIDE_EXECED) != (y->header.state == TIDE_EXECED))
		return x->header.state == TIDE_EXECED ? -1 : 1;
	/* "sh.42.tide" comes before "sh.42.2.tide". */
	if (strlen(x->path) != strlen(y->path))
		return strlen(x->path) < strlen(y->path) ? -1 : 1;
	return strcmp(x->path, y->path);
}

bool recording_is_larger(const struct recording *a, const struct recording *b)
{
	uint64_t one = a->header.pulse.peak_bytes, two = b->header.pulse.peak_bytes;

	return one != two ? one > two : recording_by_start(a, b) < 0;
}
