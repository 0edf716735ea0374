/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "profile.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "config.h"
#include "lock.h"
#include "naming.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

/* How many chunks are made writable at once: fewer system calls, and nothing is touched by it. */
#define OPEN_AHEAD 16u
#define CHUNKS_FIRST 2u /* header and chunk table */
#define CHUNKS_KEPT 64u  /* reserved beyond use when address space gets scarce */

struct profile profile;
char *profile_chunk_at[TIDE_SECTIONS][TIDE_CHUNKS_MAX];

/* What a forked child finds frozen, whatever its parent does to the shared file meanwhile. */
static struct {
	struct lock lock;
	char *base;
	uint32_t chunks_used;
	uint32_t chunks_open; /* readable and writable */
	uint32_t chunks_ready; /* reserved on the disk */
	uint32_t chunks_max;
	uint32_t taken[TIDE_SECTIONS];
	uint32_t text_bytes;
	bool full;
	enum tide_drop why_full;
} file;

static const uint16_t record_bytes[TIDE_SECTIONS] = {
	[TIDE_SECTION_TEXT] = 1,
	[TIDE_SECTION_MODULES] = sizeof(struct tide_module),
	[TIDE_SECTION_FRAMES] = sizeof(struct tide_frame),
	[TIDE_SECTION_NODES] = sizeof(struct tide_node),
	[TIDE_SECTION_SITES] = sizeof(struct tide_site),
	[TIDE_SECTION_RECORDS] = sizeof(struct tide_record),
	[TIDE_SECTION_THREADS] = sizeof(struct tide_thread),
	[TIDE_SECTION_LEAKS] = sizeof(struct tide_leak),
};

void profile_drop(enum tide_drop reason)
{
	if (profile.header)
		__atomic_fetch_add(&profile.header->drops[reason], 1, __ATOMIC_RELAXED);
}

uint64_t profile_now_us(void)
{
	return sys_clock_us() - profile.start_us;
}

uint32_t profile_count(enum tide_section section)
{
	return __atomic_load_n(&file.taken[section], __ATOMIC_ACQUIRE);
}

static int open_ahead(uint32_t chunk)
{
	uint32_t until = chunk + OPEN_AHEAD < file.chunks_max ? chunk + OPEN_AHEAD : file.chunks_max;
	int r;

	if (chunk < file.chunks_open)
		return 0;
	if (sys_locked_down)
		return -EPERM;
	r = sys_protect(file.base + (size_t)file.chunks_open * TIDE_CHUNK_BYTES,
			(size_t)(until - file.chunks_open) * TIDE_CHUNK_BYTES, PROT_READ | PROT_WRITE);
	if (r == 0)
		file.chunks_open = until;
	return r;
}

/* Kernels before 5.14 cannot reserve through the mapping; the file's own name must do. */
static int reserve_by_name(uint32_t chunk)
{
	int fd = naming_reopen(profile.path, profile.dev, profile.ino);
	int r;

	if (fd < 0)
		return fd;
	r = (int)sys_call(SYS_fallocate, fd, 0, (long)chunk * TIDE_CHUNK_BYTES, TIDE_CHUNK_BYTES, 0, 0);
	sys_close(fd);
	return r;
}

static int reserve(uint32_t chunk)
{
	int r = open_ahead(chunk);

	if (r < 0 || chunk < file.chunks_ready)
		return r;
	if (sys_locked_down)
		return -EPERM;
	do
		r = sys_advise(file.base + (size_t)chunk * TIDE_CHUNK_BYTES, TIDE_CHUNK_BYTES,
			       MADV_POPULATE_WRITE);
	while (r == -EINTR || r == -EAGAIN);
	if (r == -EINVAL)
		r = reserve_by_name(chunk);
	if (r == 0)
		file.chunks_ready = chunk + 1;
	return r;
}

static uint32_t *chunk_table(void)
{
	return (uint32_t *)(file.base + TIDE_CHUNK_BYTES);
}

enum tide_drop profile_why_full(void)
{
	return file.why_full;
}

static void note_failure(int error)
{
	file.full = true;
	if (error == -EPERM)
		file.why_full = TIDE_DROP_LOCKED_DOWN;
	else
		file.why_full = error == -EFBIG ? TIDE_DROP_FILE_FULL : TIDE_DROP_NO_SPACE;
}

static bool sealed(void)
{
	return profile.header->flags & TIDE_FLAG_SEALED;
}

/* The lock is held. */
static bool give_chunk(enum tide_section section, uint32_t ordinal)
{
	uint32_t chunk = file.chunks_used;
	int r = chunk < file.chunks_max && !sealed() ? reserve(chunk) : -EFBIG;

	if (r < 0) {
		note_failure(r);
		return false;
	}
	file.chunks_used = chunk + 1;
	chunk_table()[chunk] = TIDE_CHUNK_OWNER(section, ordinal);
	__atomic_store_n(&profile.header->chunks_used, chunk + 1, __ATOMIC_RELEASE);
	__atomic_store_n(&profile_chunk_at[section][ordinal],
			 file.base + (size_t)chunk * TIDE_CHUNK_BYTES, __ATOMIC_RELEASE);
	return true;
}

static bool has_chunk(enum tide_section section, uint32_t ordinal)
{
	return __atomic_load_n(&profile_chunk_at[section][ordinal], __ATOMIC_ACQUIRE) != NULL;
}

static bool grow(enum tide_section section, uint32_t ordinal, int tid)
{
	bool ok = false;

	if (file.full || ordinal >= TIDE_CHUNKS_MAX)
		return false;
	if (!lock_take(&file.lock, tid)) {
		profile_drop(TIDE_DROP_REENTRANT);
		return false;
	}
	/* Ordinals are filled in order, so that a chunk lost to a race is not left out. */
	ok = true;
	for (uint32_t k = 0; ok && k <= ordinal; k++)
		ok = has_chunk(section, k) || give_chunk(section, k);
	lock_drop(&file.lock);
	return ok;
}

static uint32_t *header_count(enum tide_section section)
{
	struct tide_header *h = profile.header;

	switch (section) {
	case TIDE_SECTION_MODULES:
		return &h->modules;
	case TIDE_SECTION_FRAMES:
		return &h->frames;
	case TIDE_SECTION_NODES:
		return &h->nodes;
	case TIDE_SECTION_SITES:
		return &h->sites;
	case TIDE_SECTION_RECORDS:
		return &h->records;
	default:
		return &h->threads;
	}
}

static void publish_count(enum tide_section section, uint32_t count)
{
	uint32_t *shown = header_count(section);
	uint32_t old = __atomic_load_n(shown, __ATOMIC_RELAXED);

	while (old < count && !__atomic_compare_exchange_n(shown, &old, count, true,
							   __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
}

uint32_t profile_take(enum tide_section section, int tid)
{
	uint32_t per_chunk = TIDE_CHUNK_BYTES / record_bytes[section];
	uint32_t number = __atomic_load_n(&file.taken[section], __ATOMIC_RELAXED);

	do {
		if (!has_chunk(section, number / per_chunk) && !grow(section, number / per_chunk, tid))
			return 0;
	} while (!__atomic_compare_exchange_n(&file.taken[section], &number, number + 1, true,
					      __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
	publish_count(section, number + 1);
	return number;
}

/* The lock is held; text never crosses a chunk. */
static uint32_t place_text(size_t bytes)
{
	uint32_t at = file.text_bytes;

	if (at % TIDE_CHUNK_BYTES + bytes > TIDE_CHUNK_BYTES)
		at += TIDE_CHUNK_BYTES - at % TIDE_CHUNK_BYTES;
	if (!has_chunk(TIDE_SECTION_TEXT, at / TIDE_CHUNK_BYTES) &&
	    !give_chunk(TIDE_SECTION_TEXT, at / TIDE_CHUNK_BYTES))
		return 0;
	file.text_bytes = at + (uint32_t)bytes;
	return at;
}

struct tide_text profile_text(const char *text, size_t bytes, int tid)
{
	struct tide_text placed = { 0, 0 };
	uint32_t at;

	if (bytes + 1 > TIDE_CHUNK_BYTES)
		bytes = TIDE_CHUNK_BYTES - 1;
	if (!lock_take(&file.lock, tid))
		return placed;
	at = place_text(bytes + 1);
	if (at) {
		char *to = profile_chunk_at[TIDE_SECTION_TEXT][at / TIDE_CHUNK_BYTES] +
			   at % TIDE_CHUNK_BYTES;

		sys_copy(to, text, bytes);
		to[bytes] = 0;
		placed.offset = at;
		placed.bytes = (uint32_t)bytes;
		__atomic_store_n(&profile.header->text_bytes, file.text_bytes, __ATOMIC_RELEASE);
	}
	lock_drop(&file.lock);
	return placed;
}

static uint64_t limit(int resource)
{
	struct rlimit now;

	if (sys_call(SYS_prlimit64, 0, resource, 0, (long)&now, 0, 0) < 0)
		return RLIM_INFINITY;
	return now.rlim_cur;
}

/* Address space and file size may be limited; SIGXFSZ and a failing mmap must never be ours. */
static uint64_t room_bytes(void)
{
	uint64_t bytes = config.file_max_bytes < TIDE_FILE_MAX_BYTES ? config.file_max_bytes :
								       TIDE_FILE_MAX_BYTES;
	uint64_t space = limit(RLIMIT_AS), size = limit(RLIMIT_FSIZE);

	if (space != RLIM_INFINITY && bytes > space / 8)
		bytes = space / 8;
	if (size != RLIM_INFINITY && bytes > size)
		bytes = size;
	return bytes & ~(uint64_t)(TIDE_CHUNK_BYTES - 1);
}

static int note_identity(int fd)
{
	struct stat st;
	int r = (int)sys_call(SYS_fstat, fd, (long)&st, 0, 0, 0, 0);

	profile.dev = st.st_dev;
	profile.ino = st.st_ino;
	return r;
}

static int map_file(int fd, void *at, uint64_t bytes)
{
	int flags = MAP_SHARED | MAP_NORESERVE | (at ? MAP_FIXED : 0);
	int r = sys_ftruncate(fd, bytes);

	if (r < 0)
		return r;
	file.base = sys_map(at, bytes, PROT_NONE, flags, fd);
	if (!file.base)
		return -ENOMEM;
	sys_advise(file.base, bytes, MADV_DONTDUMP);
	file.chunks_max = (uint32_t)(bytes / TIDE_CHUNK_BYTES);
	file.chunks_open = 0;
	file.chunks_ready = 0;
	profile.header = (struct tide_header *)file.base;
	return note_identity(fd);
}

static void fill_header(struct tide_header *h)
{
	static const char magic[8] = TIDE_MAGIC;

	h->version = TIDE_VERSION;
	h->header_bytes = sizeof(*h);
	h->chunk_bytes = TIDE_CHUNK_BYTES;
	h->page_bytes = 4096;
	h->state = TIDE_RUNNING;
	h->pid = (uint32_t)profile.pid;
	h->parent_pid = (uint32_t)sys_getppid();
	h->file_max_bytes = (uint64_t)file.chunks_max * TIDE_CHUNK_BYTES;
	h->start_unix_ns = sys_unix_ns();
	h->depth_max = config.depth;
	h->chunks_used = file.chunks_used;
	h->pulse.epoch = 1;
	/* Last: a reader that sees the magic sees a header. */
	barrier();
	sys_copy(h->magic, magic, sizeof(magic));
}

static int open_named(void)
{
	return naming_create(profile.path, sizeof(profile.path), config.output, profile.pid);
}

/* Numbers that mean "none" are taken once, so that they are never given to a record. */
static bool take_zeroes(int tid)
{
	file.text_bytes = 1;
	for (int s = TIDE_SECTION_MODULES; s <= TIDE_SECTION_THREADS; s++) {
		profile_take(s, tid);
		if (!has_chunk(s, 0))
			return false;
	}
	return true;
}

static void abandon(void)
{
	if (file.base)
		sys_unmap(file.base, (size_t)file.chunks_max * TIDE_CHUNK_BYTES);
	file.base = NULL;
	profile.header = NULL;
}

static int begin_file(int tid)
{
	int r = reserve(0);

	if (r == 0)
		r = reserve(1);
	if (r < 0)
		return r;
	file.chunks_used = CHUNKS_FIRST;
	fill_header(profile.header);
	return take_zeroes(tid) ? 0 : -ENOSPC;
}

int profile_create(int tid)
{
	uint64_t bytes = room_bytes();
	int fd, r;

	if (bytes < 16 * TIDE_CHUNK_BYTES)
		return -EFBIG;
	profile.pid = sys_getpid();
	profile.start_us = sys_clock_us();
	fd = open_named();
	if (fd < 0)
		return fd;
	r = map_file(fd, NULL, bytes);
	sys_close(fd);
	if (r == 0)
		r = begin_file(tid);
	if (r < 0) {
		abandon();
		naming_remove(profile.path);
	}
	return r;
}

static void forget_history(struct tide_header *h)
{
	uint32_t parent = h->pid;
	struct tide_pulse *pulse = &h->pulse;

	for (int i = 0; i < TIDE_DROPS; i++)
		h->drops[i] = 0;
	h->verified = h->verified_fresh = h->verify_differences = 0;
	h->verify_cache_stale = h->verify_unsure = h->memo_misses = h->rules_taught = 0;
	h->timeline_rows = 0;
	h->timeline_interval_us = 0;
	h->rss_now_bytes = h->rss_peak_bytes = 0;
	h->scan_state = 0;
	h->end_us = 0;
	h->end_status = 0;
	h->flags = (h->flags & (TIDE_FLAG_FOREIGN_MALLOC | TIDE_FLAG_VERIFY)) | TIDE_FLAG_FORKED;
	*pulse = (struct tide_pulse){ .epoch = 1, .threads = 1, .threads_most = 1 };
	h->modules = file.taken[TIDE_SECTION_MODULES];
	h->frames = file.taken[TIDE_SECTION_FRAMES];
	h->nodes = file.taken[TIDE_SECTION_NODES];
	h->sites = file.taken[TIDE_SECTION_SITES];
	h->records = file.taken[TIDE_SECTION_RECORDS];
	h->threads = file.taken[TIDE_SECTION_THREADS];
	h->text_bytes = file.text_bytes;
	h->forked_from = parent;
	fill_header(h);
}

/* Chunks that the parent took after the fork are not this child's. */
static void forget_later_chunks(void)
{
	for (uint32_t c = file.chunks_used; c < file.chunks_max && chunk_table()[c]; c++)
		chunk_table()[c] = 0;
}

static int copy_and_map(int fd, uint64_t bytes)
{
	uint32_t used = file.chunks_used;
	int r = sys_write_all(fd, file.base, (size_t)used * TIDE_CHUNK_BYTES);

	if (r == 0)
		r = map_file(fd, file.base, bytes);
	for (uint32_t c = 0; r == 0 && c < used; c++)
		r = reserve(c);
	return r;
}

int profile_fork(int tid)
{
	uint64_t bytes = (uint64_t)file.chunks_max * TIDE_CHUNK_BYTES;
	uint64_t size = limit(RLIMIT_FSIZE);
	int fd, r;

	(void)tid;
	file.lock.owner = 0;
	if (bytes > size)
		return -EFBIG;
	profile.pid = sys_getpid();
	profile.start_us = sys_clock_us();
	fd = open_named();
	if (fd < 0)
		return fd;
	r = copy_and_map(fd, bytes);
	sys_close(fd);
	if (r < 0) {
		naming_remove(profile.path);
		return r;
	}
	file.full = false;
	forget_later_chunks();
	forget_history(profile.header);
	return 0;
}

void profile_shrink(int tid)
{
	uint32_t keep;

	if (!profile.header || !lock_take(&file.lock, tid))
		return;
	keep = file.chunks_used * 2 + CHUNKS_KEPT;
	if (keep < file.chunks_open)
		keep = file.chunks_open;
	if (keep < file.chunks_max) {
		sys_unmap(file.base + (size_t)keep * TIDE_CHUNK_BYTES,
			  (size_t)(file.chunks_max - keep) * TIDE_CHUNK_BYTES);
		file.chunks_max = keep;
	}
	lock_drop(&file.lock);
}

bool profile_holds(const void *at)
{
	return file.base && (uintptr_t)at - (uintptr_t)file.base <
				    (uintptr_t)file.chunks_max * TIDE_CHUNK_BYTES;
}

void profile_give_up(void)
{
	file.full = true;
	file.why_full = TIDE_DROP_NO_SPACE;
	sys_map(file.base, (size_t)file.chunks_max * TIDE_CHUNK_BYTES, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1);
}

void profile_stock(int tid)
{
	if (!profile.header || !lock_take(&file.lock, tid))
		return;
	for (uint32_t c = file.chunks_used; c < file.chunks_used + OPEN_AHEAD && c < file.chunks_max; c++)
		if (reserve(c) < 0)
			break;
	lock_drop(&file.lock);
}

static void cut(void)
{
	int fd = naming_reopen(profile.path, profile.dev, profile.ino);

	if (fd < 0)
		return;
	if (sys_ftruncate(fd, (uint64_t)file.chunks_used * TIDE_CHUNK_BYTES) == 0)
		__atomic_fetch_or(&profile.header->flags, TIDE_FLAG_SEALED, __ATOMIC_RELAXED);
	sys_close(fd);
}

void profile_seal(enum tide_state state, int status)
{
	struct tide_header *h = profile.header;

	if (!h || h->state != TIDE_RUNNING)
		return;
	h->end_us = profile_now_us();
	h->end_status = status;
	__atomic_store_n(&h->state, state, __ATOMIC_RELEASE);
	if (sys_locked_down)
		return;
	/* Nothing may take a chunk beyond the cut: the lock stays taken for good. */
	if (lock_take(&file.lock, -1))
		cut();
	file.full = true;
	lock_drop(&file.lock);
}
