/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * TIDEMARK_VERIFY: libunwind as the judge of every captured stack.
 *
 * Each is compared with unw_backtrace.  Every 1,000th, and every one that differs, is also compared
 * with a fresh walk by unw_step: unw_backtrace keeps rules across dlclose, so only the fresh walk
 * decides.  Counts go to the recording; TIDEMARK_VERIFY=2 writes the differences to stderr as well.
 * For tests: libunwind takes locks and allocates.
 */
#ifndef SRC_VERIFY_H
#define SRC_VERIFY_H

#include "walk.h"

OURS bool verify_on;

/* From the constructor: loads libunwind, apart from the program's own symbols. */
void verify_begin(void);

void verify_stack(const struct tide_record *record);

#endif
