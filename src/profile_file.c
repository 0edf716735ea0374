/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The file's beginning, its copy in a forked child, its end, and what happens to it in between. */
#include <errno.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "config.h"
#include "naming.h"
#include "profile_state.h"

#define CHUNKS_KEPT 64u /* reserved beyond use when address space gets scarce */

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
	uint64_t bytes = config.file_max_bytes < TIDE_FILE_MAX_BYTES ? config.file_max_bytes
								     : TIDE_FILE_MAX_BYTES;
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
	profile_state.base = sys_map(at, bytes, PROT_NONE, flags, fd);
	if (!profile_state.base)
		return -ENOMEM;
	sys_advise(profile_state.base, bytes, MADV_DONTDUMP);
	profile_state.chunks_max = (uint32_t)(bytes / TIDE_CHUNK_BYTES);
	profile_state.chunks_open = 0;
	profile_state.chunks_ready = 0;
	profile.header = (struct tide_header *)profile_state.base;
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
	h->file_max_bytes = (uint64_t)profile_state.chunks_max * TIDE_CHUNK_BYTES;
	h->start_unix_ns = sys_unix_ns();
	h->depth_max = config.depth;
	h->chunks_used = profile_state.chunks_used;
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
	profile_state.text_bytes = 1;
	for (int s = TIDE_SECTION_MODULES; s <= TIDE_SECTION_THREADS; s++) {
		profile_take(s, tid);
		if (!profile_has_chunk(s, 0))
			return false;
	}
	return true;
}

static void abandon(void)
{
	if (profile_state.base)
		sys_unmap(profile_state.base, (size_t)profile_state.chunks_max * TIDE_CHUNK_BYTES);
	profile_state.base = NULL;
	profile.header = NULL;
}

static int begin_file(int tid)
{
	int r = profile_reserve(0);

	if (r == 0)
		r = profile_reserve(1);
	if (r < 0)
		return r;
	profile_state.chunks_used = CHUNKS_FIRST;
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
	h->times = (struct tide_times){ 0 };
	if (profile_state.taken[TIDE_SECTION_MARKS])
		profile_state.taken[TIDE_SECTION_MARKS] = 1;
	h->scan = (struct tide_scan){ 0 };
	h->end_us = 0;
	h->end_status = 0;
	h->flags = (h->flags & (TIDE_FLAG_FOREIGN_MALLOC | TIDE_FLAG_VERIFY)) | TIDE_FLAG_FORKED;
	h->threads_most = 1;
	*pulse = (struct tide_pulse){ .epoch = 1, .threads = 1, .control = pulse->control };
	h->modules = profile_state.taken[TIDE_SECTION_MODULES];
	h->frames = profile_state.taken[TIDE_SECTION_FRAMES];
	h->nodes = profile_state.taken[TIDE_SECTION_NODES];
	h->sites = profile_state.taken[TIDE_SECTION_SITES];
	h->records = profile_state.taken[TIDE_SECTION_RECORDS];
	h->threads = profile_state.taken[TIDE_SECTION_THREADS];
	h->codes = profile_state.taken[TIDE_SECTION_CODES];
	h->mapped = (struct tide_mapped){
		.mappings = profile_state.taken[TIDE_SECTION_MAPPINGS],
		.ranges = profile_state.taken[TIDE_SECTION_RANGES],
		.counted = h->mapped.counted,
	};
	h->wastes = profile_state.taken[TIDE_SECTION_WASTE];
	h->text_bytes = profile_state.text_bytes;
	h->forked_from = parent;
	fill_header(h);
}

/* Chunks that the parent took after the fork are not this child's. */
static void forget_later_chunks(void)
{
	for (uint32_t c = profile_state.chunks_used;
	     c < profile_state.chunks_max && profile_chunk_table()[c]; c++)
		profile_chunk_table()[c] = 0;
}

static int copy_and_map(int fd, uint64_t bytes)
{
	uint32_t used = profile_state.chunks_used;
	int r = sys_write_all(fd, profile_state.base, (size_t)used * TIDE_CHUNK_BYTES);

	if (r == 0)
		r = map_file(fd, profile_state.base, bytes);
	for (uint32_t c = 0; r == 0 && c < used; c++)
		r = profile_reserve(c);
	return r;
}

int profile_fork(int tid)
{
	uint64_t bytes = (uint64_t)profile_state.chunks_max * TIDE_CHUNK_BYTES;
	uint64_t size = limit(RLIMIT_FSIZE);
	int fd, r;

	(void)tid;
	profile_state.lock.owner = 0;
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
	profile_state.full = false;
	forget_later_chunks();
	forget_history(profile.header);
	return 0;
}

void profile_shrink(int tid)
{
	uint32_t keep;

	if (!profile.header || !lock_take(&profile_state.lock, tid))
		return;
	keep = profile_state.chunks_used * 2 + CHUNKS_KEPT;
	if (keep < profile_state.chunks_open)
		keep = profile_state.chunks_open;
	if (keep < profile_state.chunks_max) {
		sys_unmap(profile_state.base + (size_t)keep * TIDE_CHUNK_BYTES,
			  (size_t)(profile_state.chunks_max - keep) * TIDE_CHUNK_BYTES);
		profile_state.chunks_max = keep;
	}
	lock_drop(&profile_state.lock);
}

void profile_range(uintptr_t *start, uintptr_t *end)
{
	*start = (uintptr_t)profile_state.base;
	*end = *start + (uintptr_t)profile_state.chunks_max * TIDE_CHUNK_BYTES;
}

bool profile_holds(const void *at)
{
	return profile_state.base && (uintptr_t)at - (uintptr_t)profile_state.base <
					     (uintptr_t)profile_state.chunks_max * TIDE_CHUNK_BYTES;
}

void profile_give_up(void)
{
	profile_state.full = true;
	profile_state.why_full = TIDE_DROP_NO_SPACE;
	sys_map(profile_state.base, (size_t)profile_state.chunks_max * TIDE_CHUNK_BYTES,
		PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED,
		-1);
}

static void cut(void)
{
	int fd = naming_reopen(profile.path, profile.dev, profile.ino);

	if (fd < 0)
		return;
	if (sys_ftruncate(fd, (uint64_t)profile_state.chunks_used * TIDE_CHUNK_BYTES) == 0)
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
	/* Nothing may take a chunk beyond the cut. */
	if (!lock_take(&profile_state.lock, -1)) {
		profile_state.full = true;
		return;
	}
	cut();
	profile_state.full = true;
	lock_drop(&profile_state.lock);
}
