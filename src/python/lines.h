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
/* How far a table was read: to the entry of [start, end).  All 0 = not begun. */
struct python_line_place {
	uint32_t next; /* byte of the table */
	int64_t start, end;
	int64_t line;
};

/* The same, from there if it lies further on: code is mostly met in its own order. */
uint32_t python_line_from(struct python_line_place *place, enum python_lines format,
			  const uint8_t *table, size_t bytes, uint32_t first_line, int64_t at);

uint32_t python_line(enum python_lines format, const uint8_t *table, size_t bytes,
		     uint32_t first_line, int64_t at);

#endif
