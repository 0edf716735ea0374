/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which pages of a mapping were ever touched: from /proc/self/pagemap for private memory, from
 * mincore for shared memory and where there is no pagemap.  For areas.c.
 */
#ifndef SRC_SCAN_PAGES_H
#define SRC_SCAN_PAGES_H

#include "scan/areas.h"

/* The descriptor may be -1; it stays the caller's.  0 or a negative errno value. */
int pages_begin(int pagemap);
void pages_end(void);

/*
 * Narrows [from, to), in the area, to the first run of pages that are there and can be read; of
 * those that cannot be written, that are the process's own and no file's.
 */
bool pages_present(const struct area *area, uintptr_t *from, uintptr_t *to);

#endif
