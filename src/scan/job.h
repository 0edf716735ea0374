/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a scan is to do, settled before the copy of the process is made.  Written by scan.c, read by
 * the rest of scan/.
 */
#ifndef SRC_SCAN_JOB_H
#define SRC_SCAN_JOB_H

#include <tidemark/profile.h>

#include "cfi.h"

enum copy_kind {
	COPY_AT_END, /* of the process */
	COPY_FIRST,  /* in the middle of a run; if it could not reach all, it tells the second */
	COPY_SECOND,
};

OURS struct job {
	enum copy_kind kind;
	bool is_last;  /* writes the results of a scan in the middle of a run */
	bool in_place; /* no copy: what is mapped must be given back, nothing may be closed */
	bool loose;    /* blocks are missing from the books */
	bool holders;
	uint32_t since_ms;
	uint32_t sites; /* with room in the section of leaks */
	uint32_t blocks_most, holders_most;
	int tid;
	struct cfi_state self; /* of the scanning thread */
	uintptr_t libc_start, libc_end;
	uintptr_t ours_start, ours_end;
	uintptr_t descriptor; /* the scanning thread's struct pthread, libc's */
	uint32_t tid_offset;  /* of the thread's number in it; 0 = not known */
	bool is_first_thread;
} job;

#endif
