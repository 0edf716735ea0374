/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The loaded objects that stacks have touched, each with its build-id, in the recording.
 *
 * A module is looked up with _dl_find_object, which takes no lock and is async-signal-safe (glibc
 * 2.35), when a code address is met for the first time.  Unloading is noticed by ld.so's own calls
 * of free after it has unmapped something: whoever does it, dlclose, iconv or NSS.  The generation
 * then rises, and every rule and memo made before is void.
 */
#ifndef SRC_MODULES_H
#define SRC_MODULES_H

#include "sys.h"

struct modules_found {
	uint32_t number; /* in the recording; 0 = no module */
	uintptr_t start, end;
	const void *eh_frame_hdr; /* NULL = no unwind tables */
};

OURS uint32_t modules_generation;

OURS struct modules_linker {
	uintptr_t start;
	uintptr_t bytes;
} modules_linker;

/* Once, at the start. */
void modules_begin(void);

/* Which module holds this address?  Hook-safe. */
void modules_find(uintptr_t pc, int tid, struct modules_found *found);

/* ld.so has freed something: see whether a known module is gone. */
void modules_check(void);

static inline bool modules_freed_by_linker(uintptr_t caller)
{
	return caller - modules_linker.start < modules_linker.bytes;
}

#endif
