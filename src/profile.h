/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The mapped profile file: made at the start, grown a chunk at a time, sealed at the end.
 *
 * profile_take and profile_at are safe inside a hook.  The descriptor is closed as soon as the file
 * is mapped.  Chunks not yet in use are PROT_NONE, so that mlockall does not fill them, and are
 * reserved on the disk before they are first touched, so that a full disk is a counted drop and not
 * SIGBUS.
 *
 * invariants: a record number given out by profile_take lies in a chunk that is mapped and
 * reserved;
 *             chunk_at[s][k] never changes once set.
 */
#ifndef SRC_PROFILE_H
#define SRC_PROFILE_H

#include <tidemark/profile.h>

#include "sys.h"

struct profile {
	struct tide_header *header; /* NULL until there is a file */
	char path[4096];
	uint64_t dev, ino;
	uint64_t start_us; /* monotonic */
	int pid;
};

OURS struct profile profile;

#define PROFILE_PER_CHUNK(type) (TIDE_CHUNK_BYTES / sizeof(type))

OURS char *profile_chunk_at[TIDE_SECTIONS][TIDE_CHUNKS_MAX];

#define PROFILE_AT(section, type, number)                                        \
	((type *)profile_chunk_at[section][(number) / PROFILE_PER_CHUNK(type)] + \
	 (number) % PROFILE_PER_CHUNK(type))

static inline struct tide_module *profile_module(uint32_t number)
{
	return PROFILE_AT(TIDE_SECTION_MODULES, struct tide_module, number);
}

static inline struct tide_frame *profile_frame(uint32_t number)
{
	return PROFILE_AT(TIDE_SECTION_FRAMES, struct tide_frame, number);
}

static inline struct tide_node *profile_node(uint32_t number)
{
	return PROFILE_AT(TIDE_SECTION_NODES, struct tide_node, number);
}

static inline struct tide_site *profile_site(uint32_t number)
{
	return PROFILE_AT(TIDE_SECTION_SITES, struct tide_site, number);
}

static inline struct tide_record *profile_record(uint32_t number)
{
	return PROFILE_AT(TIDE_SECTION_RECORDS, struct tide_record, number);
}

static inline struct tide_thread *profile_thread(uint32_t number)
{
	return PROFILE_AT(TIDE_SECTION_THREADS, struct tide_thread, number);
}

static inline struct tide_code *profile_code(uint32_t number)
{
	return PROFILE_AT(TIDE_SECTION_CODES, struct tide_code, number);
}

static inline struct tide_mapping *profile_mapping(uint32_t number)
{
	return PROFILE_AT(TIDE_SECTION_MAPPINGS, struct tide_mapping, number);
}

static inline struct tide_range *profile_address_range(uint32_t number)
{
	return PROFILE_AT(TIDE_SECTION_RANGES, struct tide_range, number);
}

/* Text that profile_text has placed. */
static inline const char *profile_text_at(uint32_t offset)
{
	return profile_chunk_at[TIDE_SECTION_TEXT][offset / TIDE_CHUNK_BYTES] +
	       offset % TIDE_CHUNK_BYTES;
}

static inline struct tide_pulse *profile_pulse(void)
{
	return &profile.header->pulse;
}

/* A new record of a section: its number, or 0 when there is no room (counted). */
uint32_t profile_take(enum tide_section section, int tid);

/* So many with numbers in a row, fewer than a chunk holds: the first one's number. */
uint32_t profile_take_some(enum tide_section section, uint32_t count, int tid);

/* Make room for so many records of a section of the leak scan: their memory stays as it was. */
bool profile_room(enum tide_section section, uint32_t count, int tid);

/* Where the file is mapped. */
void profile_range(uintptr_t *start, uintptr_t *end);

/* How many numbers of a section are given out, 0 included. */
uint32_t profile_count(enum tide_section section);

/* Store text that ends with NUL at [bytes]; its offset, 0 when there is no room. */
struct tide_text profile_text(const char *text, size_t bytes, int tid);

/* Begin a file of our own: 0 or a negative errno value. */
int profile_create(int tid);

/* In a forked child: a file of its own that starts as a copy, mapped at the same addresses. */
int profile_fork(int tid);

/* Before seccomp: have chunks ready so that the tables can still grow a little. */
void profile_stock(int tid);

/* At the end: note how, and cut the file to what is used.  Later hooks may still write. */
void profile_seal(enum tide_state state, int status);

/* Is this address in the mapping?  Put empty memory in the file's place: for a signal handler. */
bool profile_holds(const void *at);
void profile_give_up(void);

/* Why no more chunks are given, for those who count what that costs. */
enum tide_drop profile_why_full(void);

/* The address space is about to be limited: give back most of what is reserved and not used. */
void profile_shrink(int tid);

void profile_drop(enum tide_drop reason);

uint64_t profile_now_us(void);

#endif
