/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory that the program keeps from copies of itself, by MADV_DONTFORK or MADV_WIPEONFORK: V8 has
 * its heap so.  A scan looks at a copy, and would call lost what only such memory points to.
 *
 * Noted by the hook of madvise; asked by the scan.  What finds no place in the list is forgotten.
 * Hook-safe.
 */
#ifndef SRC_SCAN_WITHHELD_H
#define SRC_SCAN_WITHHELD_H

#include "sys.h"

/* madvise has succeeded. */
void withheld_note(uintptr_t at, size_t bytes, int advice);

/*
 * Is there any that copies do not have at all?  A scan in the middle of a run must then be refused:
 * given to copies, the memory would have to be taken from them again, and by then it may be another
 * mapping.
 */
bool withheld_any(void);

/* At the end of the process, and for good: let the copy have it. */
void withheld_give(void);

void withheld_after_fork(void);

#endif
