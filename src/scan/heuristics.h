/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pointers into a block that are as good as one to its start, as Memcheck has them: to the text of
 * an old std::string, behind the count in front of a C++ array, behind a 64-bit length (sqlite),
 * to a further base of a C++ object.  For mark.c.
 */
#ifndef SRC_SCAN_HEURISTICS_H
#define SRC_SCAN_HEURISTICS_H

#include "scan/heap.h"

/* `at` is in the block and not its start; the block can be read. */
bool heuristics_is_start(uint32_t block, uintptr_t at);

#endif
