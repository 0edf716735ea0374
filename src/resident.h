/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The most memory that this program's image has had resident.  Called by timeline.c, one thread at
 * a time; safe inside a hook.  Bytes; 0 = cannot be told.
 */
#ifndef SRC_RESIDENT_H
#define SRC_RESIDENT_H

#include <stdint.h>

/* At the start of the recording. */
void resident_begin(void);

/* @now_us: since then; UINT64_MAX = it will not be asked again. */
uint64_t resident_peak(uint64_t now_us);

#endif
