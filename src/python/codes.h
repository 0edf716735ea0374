/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Python's code objects in the recording, each once by what it says (function, file, first line):
 * a program that runs exec in a loop has a new one at the same address each time, and the same one
 * at ever new addresses.  Hook-safe.
 */
#ifndef SRC_PYTHON_CODES_H
#define SRC_PYTHON_CODES_H

#include "python/python.h"

static inline uint64_t python_eight(uintptr_t at)
{
	uint64_t word;

	__builtin_memcpy(&word, (const void *)at, sizeof(word));
	return word;
}

/*
 * Of the table of lines: its length, beginning, middle and end.  A program that compiles in a loop
 * gets its objects at the same addresses every time, and only what they hold tells them apart.
 */
static inline uint64_t python_mark_of_table(uintptr_t table)
{
	uintptr_t data = table + PYTHON_BYTES_DATA;
	size_t bytes = *(const size_t *)(table + PYTHON_BYTES_SIZE);
	size_t last = bytes < 8 ? 0 : bytes - 8;

	return bytes * 0xff51afd7ed558ccdu + python_eight(data) * 0xc4ceb9fe1a85ec53u +
	       python_eight(data + last / 2) * 0x2545f4914f6cdd1du +
	       python_eight(data + last) * 0x9fb21c651e98df25u;
}

/* Stands for a code object; differs from that of another one in its place, a moment later. */
static inline uint64_t python_mark(uintptr_t code)
{
	const struct python_layout *l = &python.layout;
	uint64_t mark = python_word(code, l->marks[0]) * 0x9e3779b97f4a7c15u +
			python_word(code, l->marks[1]) * 0xd6e8feb86659fd93u +
			python_word(code, l->marks[2]) * 0xbf58476d1ce4e5b9u +
			python_word(code, l->marks[3]) * 0x94d049bb133111ebu;

	return l->is_numbered ? mark : mark + python_mark_of_table(python_word(code, l->marks[3]));
}

/* Room for names: a hook's stack may be small. */
struct python_names {
	char function[1024];
	char file[4096];
};

/* The number of the frame (code, line) in the recording; 0 when there is no room. */
uint32_t python_frame(uintptr_t code, uint64_t position, struct python_names *names, int tid);

/* The line that a position of a code stands for. */
uint32_t python_line_at(uintptr_t code, uint64_t position);

#endif
