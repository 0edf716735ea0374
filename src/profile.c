/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "profile.h"

#include <errno.h>
#include <sys/mman.h>

#include "naming.h"
#include "profile_state.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

/* How many chunks are made writable at once: fewer system calls, and nothing is touched by it. */
#define OPEN_AHEAD 16u

struct profile profile;
char *profile_chunk_at[TIDE_SECTIONS][TIDE_CHUNKS_MAX];

struct profile_state profile_state;

static const uint16_t record_bytes[TIDE_SECTIONS] = {
	[TIDE_SECTION_TEXT] = 1,
	[TIDE_SECTION_MODULES] = sizeof(struct tide_module),
	[TIDE_SECTION_FRAMES] = sizeof(struct tide_frame),
	[TIDE_SECTION_NODES] = sizeof(struct tide_node),
	[TIDE_SECTION_SITES] = sizeof(struct tide_site),
	[TIDE_SECTION_RECORDS] = sizeof(struct tide_record),
	[TIDE_SECTION_THREADS] = sizeof(struct tide_thread),
	[TIDE_SECTION_LEAKS] = sizeof(struct tide_leak),
	[TIDE_SECTION_CODES] = sizeof(struct tide_code),
	[TIDE_SECTION_WASTE] = sizeof(struct tide_waste),
	[TIDE_SECTION_LEAK_BLOCKS] = sizeof(struct tide_leak_block),
	[TIDE_SECTION_HOLDERS] = sizeof(struct tide_holder),
	[TIDE_SECTION_MARKS] = sizeof(struct tide_mark),
	[TIDE_SECTION_HISTORY] = sizeof(struct tide_history),
	[TIDE_SECTION_MAPPINGS] = sizeof(struct tide_mapping),
	[TIDE_SECTION_RANGES] = sizeof(struct tide_range),
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
	return __atomic_load_n(&profile_state.taken[section], __ATOMIC_ACQUIRE);
}

static int open_ahead(uint32_t chunk)
{
	uint32_t until = chunk + OPEN_AHEAD < profile_state.chunks_max ? chunk + OPEN_AHEAD
								       : profile_state.chunks_max;
	int r;

	if (chunk < profile_state.chunks_open)
		return 0;
	if (sys_locked_down)
		return -EPERM;
	r = sys_protect(profile_state.base + (size_t)profile_state.chunks_open * TIDE_CHUNK_BYTES,
			(size_t)(until - profile_state.chunks_open) * TIDE_CHUNK_BYTES,
			PROT_READ | PROT_WRITE);
	if (r == 0)
		profile_state.chunks_open = until;
	return r;
}

/* Kernels before 5.14 cannot reserve through the mapping; the file's own name must do. */
static int reserve_by_name(uint32_t chunk)
{
	int fd = naming_reopen(profile.path, profile.dev, profile.ino);
	int r;

	if (fd < 0)
		return fd;
	r = (int)sys_call(SYS_fallocate, fd, 0, (long)chunk * TIDE_CHUNK_BYTES, TIDE_CHUNK_BYTES, 0,
			  0);
	sys_close(fd);
	return r;
}

int profile_reserve(uint32_t chunk)
{
	int r = open_ahead(chunk);

	if (r < 0 || chunk < profile_state.chunks_ready)
		return r;
	if (sys_locked_down)
		return -EPERM;
	do
		r = sys_advise(profile_state.base + (size_t)chunk * TIDE_CHUNK_BYTES,
			       TIDE_CHUNK_BYTES, MADV_POPULATE_WRITE);
	while (r == -EINTR || r == -EAGAIN);
	if (r == -EINVAL)
		r = reserve_by_name(chunk);
	if (r == 0)
		profile_state.chunks_ready = chunk + 1;
	return r;
}

enum tide_drop profile_why_full(void)
{
	return profile_state.why_full;
}

static void note_failure(int error)
{
	profile_state.full = true;
	if (error == -EPERM)
		profile_state.why_full = TIDE_DROP_LOCKED_DOWN;
	else
		profile_state.why_full = error == -EFBIG ? TIDE_DROP_FILE_FULL : TIDE_DROP_NO_SPACE;
}

static bool sealed(void)
{
	return profile.header->flags & TIDE_FLAG_SEALED;
}

/* The lock is held. */
static bool give_chunk(enum tide_section section, uint32_t ordinal)
{
	uint32_t chunk = profile_state.chunks_used;
	int r = chunk < profile_state.chunks_max && !sealed() ? profile_reserve(chunk) : -EFBIG;

	if (r < 0) {
		note_failure(r);
		return false;
	}
	profile_state.chunks_used = chunk + 1;
	profile_chunk_table()[chunk] = TIDE_CHUNK_OWNER(section, ordinal);
	__atomic_store_n(&profile.header->chunks_used, chunk + 1, __ATOMIC_RELEASE);
	__atomic_store_n(&profile_chunk_at[section][ordinal],
			 profile_state.base + (size_t)chunk * TIDE_CHUNK_BYTES, __ATOMIC_RELEASE);
	return true;
}

static bool grow(enum tide_section section, uint32_t ordinal, int tid)
{
	bool ok = false;

	if (profile_state.full || ordinal >= TIDE_CHUNKS_MAX)
		return false;
	if (!lock_take(&profile_state.lock, tid)) {
		profile_drop(TIDE_DROP_REENTRANT);
		return false;
	}
	/* Ordinals are filled in order, so that a chunk lost to a race is not left out. */
	ok = true;
	for (uint32_t k = 0; ok && k <= ordinal; k++)
		ok = profile_has_chunk(section, k) || give_chunk(section, k);
	lock_drop(&profile_state.lock);
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
	case TIDE_SECTION_CODES:
		return &h->codes;
	case TIDE_SECTION_WASTE:
		return &h->wastes;
	case TIDE_SECTION_MARKS:
		return &h->times.marks;
	case TIDE_SECTION_HISTORY:
		return &h->times.history;
	case TIDE_SECTION_MAPPINGS:
		return &h->mapped.mappings;
	case TIDE_SECTION_RANGES:
		return &h->mapped.ranges;
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

static bool has_room(enum tide_section section, uint32_t number, int tid)
{
	uint32_t ordinal = number / (TIDE_CHUNK_BYTES / record_bytes[section]);

	return likely(profile_has_chunk(section, ordinal)) || grow(section, ordinal, tid);
}

uint32_t profile_take_some(enum tide_section section, uint32_t count, int tid)
{
	uint32_t number = __atomic_load_n(&profile_state.taken[section], __ATOMIC_RELAXED);

	do {
		if (!has_room(section, number, tid) || !has_room(section, number + count - 1, tid))
			return 0;
	} while (!__atomic_compare_exchange_n(&profile_state.taken[section], &number,
					      number + count, true, __ATOMIC_ACQ_REL,
					      __ATOMIC_RELAXED));
	publish_count(section, number + count);
	return number;
}

uint32_t profile_take(enum tide_section section, int tid)
{
	return profile_take_some(section, 1, tid);
}

bool profile_room(enum tide_section section, uint32_t count, int tid)
{
	uint32_t last = count ? (count - 1) / (TIDE_CHUNK_BYTES / record_bytes[section]) : 0;

	return !count || profile_has_chunk(section, last) || grow(section, last, tid);
}

/* The lock is held; text never crosses a chunk. */
static uint32_t place_text(size_t bytes)
{
	uint32_t at = profile_state.text_bytes;

	if (at % TIDE_CHUNK_BYTES + bytes > TIDE_CHUNK_BYTES)
		at += TIDE_CHUNK_BYTES - at % TIDE_CHUNK_BYTES;
	if (!profile_has_chunk(TIDE_SECTION_TEXT, at / TIDE_CHUNK_BYTES) &&
	    !give_chunk(TIDE_SECTION_TEXT, at / TIDE_CHUNK_BYTES))
		return 0;
	profile_state.text_bytes = at + (uint32_t)bytes;
	return at;
}

struct tide_text profile_text(const char *text, size_t bytes, int tid)
{
	struct tide_text placed = { 0, 0 };
	uint32_t at;

	if (bytes + 1 > TIDE_CHUNK_BYTES)
		bytes = TIDE_CHUNK_BYTES - 1;
	if (!lock_take(&profile_state.lock, tid))
		return placed;
	at = place_text(bytes + 1);
	if (at) {
		char *to = profile_chunk_at[TIDE_SECTION_TEXT][at / TIDE_CHUNK_BYTES] +
			   at % TIDE_CHUNK_BYTES;

		sys_copy(to, text, bytes);
		to[bytes] = 0;
		placed.offset = at;
		placed.bytes = (uint32_t)bytes;
		__atomic_store_n(&profile.header->text_bytes, profile_state.text_bytes,
				 __ATOMIC_RELEASE);
	}
	lock_drop(&profile_state.lock);
	return placed;
}

void profile_stock(int tid)
{
	if (!profile.header || !lock_take(&profile_state.lock, tid))
		return;
	for (uint32_t c = profile_state.chunks_used;
	     c < profile_state.chunks_used + OPEN_AHEAD && c < profile_state.chunks_max; c++)
		if (profile_reserve(c) < 0)
			break;
	lock_drop(&profile_state.lock);
}
