/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Python's code objects in the recording, each once by what it says (function, file, first line):
 * a program that runs exec in a loop has a new one at the same address each time, and the same one
 * at ever new addresses.  Hook-safe.
 */
#ifndef SRC_PYTHON_CODES_H
#define SRC_PYTHON_CODES_H

#include "python/python.h"

/*
 * Stands for code, position and identity in one word.  Two code objects that live at one address
 * one after the other differ in it, in all but one of 2^64 cases.
 */
static inline uint64_t python_mark(uintptr_t code)
{
	const uint16_t *marks = python.layout.marks;

	return python_word(code, marks[0]) * 0x9e3779b97f4a7c15u +
	       python_word(code, marks[1]) * 0xd6e8feb86659fd93u +
	       python_word(code, marks[2]) * 0xbf58476d1ce4e5b9u +
	       python_word(code, marks[3]) * 0x94d049bb133111ebu;
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
