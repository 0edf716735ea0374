/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/ask.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "run/recording.h"

#define POLL_MS 5

/* "7f..-7f.. rw-s 00000000 08:01 1234   /path": a shared mapping of a file from its beginning. */
static const char *mapped_file(char *line, uint64_t *inode)
{
	char flags[5];
	uint64_t offset;
	int at = 0;

	if (sscanf(line, "%*x-%*x %4s %" SCNx64 " %*s %" SCNu64 " %n", flags, &offset, inode, &at) <
		    3 ||
	    !at || flags[3] != 's' || offset || line[at] != '/')
		return NULL;
	line[strcspn(line, "\n")] = 0;
	return line + at;
}

static bool is_recording_of(const char *path, pid_t pid, uint64_t inode)
{
	struct recording r;
	struct stat st;

	return stat(path, &st) == 0 && st.st_ino == inode && recording_read(&r, path) == 0 &&
	       r.header.pid == (uint32_t)pid;
}

/* The process may have another root; /proc leads through it. */
static bool can_be_opened(char *path, size_t size, pid_t pid, const char *name, uint64_t inode)
{
	if (snprintf(path, size, "%s", name) < (int)size && is_recording_of(path, pid, inode))
		return true;
	return snprintf(path, size, "/proc/%d/root%s", (int)pid, name) < (int)size &&
	       is_recording_of(path, pid, inode);
}

int ask_find(char *path, size_t size, pid_t pid, struct err *e)
{
	char maps[64], line[PATH_MAX + 128];
	const char *name;
	bool found = false;
	uint64_t inode;
	FILE *f;

	snprintf(maps, sizeof(maps), "/proc/%d/maps", (int)pid);
	f = fopen(maps, "re");
	if (!f && errno == ENOENT)
		return err_set(e, -ESRCH, "process %d: there is none of that number", (int)pid);
	if (!f)
		return err_set(e, -errno,
			       "process %d is not being recorded, or its recording cannot be "
			       "reached: %s; start the program with tidemark run",
			       (int)pid, strerror(errno));
	while (!found && fgets(line, sizeof(line), f)) {
		name = mapped_file(line, &inode);
		found = name && can_be_opened(path, size, pid, name, inode);
	}
	fclose(f);
	if (found)
		return 0;
	return err_set(e, -ENOENT,
		       "process %d is not being recorded, or its recording cannot be reached; "
		       "start the program with tidemark run",
		       (int)pid);
}

int ask_open(struct ask *a, pid_t pid, struct err *e)
{
	int ret = ask_find(a->path, sizeof(a->path), pid, e), fd;
	void *header;

	if (ret < 0)
		return ret;
	a->pid = pid;
	a->request = 0;
	fd = open(a->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return err_set(e, -errno, "%s: %s", a->path, strerror(errno));
	header = mmap(NULL, sizeof(*a->header), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ret = header == MAP_FAILED ? -errno : 0;
	close(fd);
	if (ret < 0)
		return err_set(e, ret, "%s: %s", a->path, strerror(-ret));
	a->header = header;
	return 0;
}

void ask_close(struct ask *a)
{
	if (a->header)
		munmap(a->header, sizeof(*a->header));
	a->header = NULL;
}

int ask_send(struct ask *a, uint32_t request, const char *mark_text, struct err *e)
{
	uint32_t *control = &a->header->pulse.control;

	if (__atomic_load_n(control, __ATOMIC_ACQUIRE) & request)
		return err_set(e, -EBUSY,
			       "process %d has not come to the last such request yet: it is served "
			       "at the program's next allocation or free",
			       (int)a->pid);
	if (mark_text)
		snprintf((char *)a->header->mark_text, TIDE_MARK_BYTES, "%s", mark_text);
	a->request = request;
	a->served_before = __atomic_load_n(&a->header->requests_served, __ATOMIC_ACQUIRE);
	__atomic_fetch_or(control, request, __ATOMIC_ACQ_REL);
	return 0;
}

static bool is_served(const struct ask *a)
{
	return !(__atomic_load_n(&a->header->pulse.control, __ATOMIC_ACQUIRE) & a->request) &&
	       __atomic_load_n(&a->header->requests_served, __ATOMIC_ACQUIRE) != a->served_before;
}

static bool has_ended(const struct ask *a)
{
	return (kill(a->pid, 0) != 0 && errno == ESRCH) ||
	       __atomic_load_n(&a->header->state, __ATOMIC_ACQUIRE) != TIDE_RUNNING;
}

int ask_wait(struct ask *a, uint64_t timeout_ms)
{
	const struct timespec pause = { .tv_nsec = POLL_MS * 1000000 };

	for (uint64_t waited_ms = 0;; waited_ms += POLL_MS) {
		/* Before the other: what has ended may have served it just before. */
		bool ended = has_ended(a);

		if (is_served(a))
			return 0;
		if (ended)
			return -ESRCH;
		if (waited_ms >= timeout_ms)
			return -ETIMEDOUT;
		nanosleep(&pause, NULL);
	}
}

void ask_withdraw(struct ask *a)
{
	__atomic_fetch_and(&a->header->pulse.control, ~a->request, __ATOMIC_ACQ_REL);
}
