/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a position in the code of a Python function to a line, by the table that the compiler left.
 * Pure: reads the table and nothing else.
 */
#ifndef SRC_PYTHON_LINES_H
#define SRC_PYTHON_LINES_H

#include "python/layout.h"

/*
 * `at`: byte offset of the instruction, negative before the first.  A place without a line has that
 * of the place before, or first_line.
 */
uint32_t python_line(enum python_lines format, const uint8_t *table, size_t bytes,
		     uint32_t first_line, int64_t at);

#endif
