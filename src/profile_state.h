/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What profile.c (records and chunks) and profile_file.c (the file's beginning and end) share; for
 * these two alone.
 */
#ifndef SRC_PROFILE_STATE_H
#define SRC_PROFILE_STATE_H

#include "lock.h"
#include "profile.h"

#define CHUNKS_FIRST 2u /* header and chunk table */

/* What a forked child finds frozen, whatever its parent does to the shared file meanwhile. */
OURS struct profile_state {
	struct lock lock;
	char *base;
	uint32_t chunks_used;
	uint32_t chunks_open;  /* readable and writable */
	uint32_t chunks_ready; /* reserved on the disk */
	uint32_t chunks_max;
	uint32_t taken[TIDE_SECTIONS];
	uint32_t text_bytes;
	bool full;
	enum tide_drop why_full;
} profile_state;

/* Make a chunk writable and reserve it on the disk: 0 or a negative errno value. */
int profile_reserve(uint32_t chunk);

static inline uint32_t *profile_chunk_table(void)
{
	return (uint32_t *)(profile_state.base + TIDE_CHUNK_BYTES);
}

static inline bool profile_has_chunk(enum tide_section section, uint32_t ordinal)
{
	return __atomic_load_n(&profile_chunk_at[section][ordinal], __ATOMIC_ACQUIRE) != NULL;
}

#endif
