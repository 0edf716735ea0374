/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The process's mappings, as /proc/self/maps has them, and which of their pages can be read and are
 * there.  For the other files of scan/; raw system calls alone.
 *
 * Pages that were never touched hold no pointer: passing them over makes a reserved terabyte cost
 * nothing.
 */
#ifndef SRC_SCAN_AREAS_H
#define SRC_SCAN_AREAS_H

#include "sys.h"

enum area_flag {
	AREA_READ = 1u << 0,
	AREA_WRITE = 1u << 1,
	AREA_EXECUTE = 1u << 2,
	AREA_SHARED = 1u << 3,
	AREA_FILE = 1u << 4,   /* of a file, not of memory with a name */
	AREA_DEVICE = 1u << 5, /* reading might hang, or do something */
	AREA_HEAP = 1u << 6,   /* grown by brk */
	AREA_STACK = 1u << 7,  /* of the first thread */
};

struct area {
	uintptr_t start, end;
	uint32_t flags; /* enum area_flag */
};

/* Opens what is needed.  False when there is no /proc. */
bool areas_open(void);
/* 0 or a negative errno value; in address order. */
int areas_read(void);
void areas_close(void);

uint32_t areas_count(void);
const struct area *areas_get(uint32_t number);
/* The one that holds the address, or NULL. */
const struct area *areas_find(uintptr_t at);

/*
 * Narrows [from, to) to the first part of it that can be read and is there; false when there is
 * none.  May go over several areas.
 */
bool areas_readable(uintptr_t *from, uintptr_t *to);

#endif
