/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where CPython keeps what a stack is made of: offsets in bytes, by version.  3.8 to 3.12 from a
 * table measured with offsetof; 3.13 and later from what the interpreter says of itself
 * (_Py_DebugOffsets).  None of it is believed before selftest.h has seen it fit.
 *
 * Called when an interpreter is met.  Reads the interpreter's data, calls nothing.
 */
#ifndef SRC_PYTHON_LAYOUT_H
#define SRC_PYTHON_LAYOUT_H

#include <tidemark/profile.h>

#include "sys.h"

enum python_lines {
	PYTHON_LNOTAB,	  /* up to 3.9: steps in bytes of code, steps in lines */
	PYTHON_RANGES,	  /* 3.10: the same with ranges that have no line */
	PYTHON_LOCATIONS, /* since 3.11: entries with columns */
};

#define PYTHON_ABSENT UINT16_MAX

/* In every str and bytes object since 3.3, and in bytes. */
#define PYTHON_LENGTH	  16
#define PYTHON_BYTES_DATA 32

struct python_layout {
	uint8_t minor;
	uint8_t lines;	      /* enum python_lines */
	uint8_t owner_least;  /* frames of this owner and above are of C; 0 = there are none */
	bool position_is_int; /* an index, not a pointer */
	uint16_t state_frame; /* thread state -> innermost frame, or -> cframe */
	uint16_t cframe_frame;
	uint16_t state_thread;
	uint16_t previous; /* in a frame */
	uint16_t code;
	uint16_t position;
	uint16_t owner;
	uint16_t is_entry; /* 3.11 alone */
	uint16_t file;	   /* in a code object */
	uint16_t function;
	uint16_t first_line;
	uint16_t line_table;
	uint16_t instructions; /* what positions count from */
	uint16_t marks[4];     /* number or first line, file, name, lines: see codes.h */
	bool is_numbered;      /* marks[0] holds a number that no two code objects share */
	uint16_t type;	       /* in any object */
	uint16_t text_ascii;   /* in a str: where its characters begin */
	uint16_t text_other;
	uintptr_t code_mask; /* bits of the code pointer that are no address */
};

/*
 * `minor` of version 3; `runtime`: _PyRuntime.  TIDE_PYTHON_FOUND, or why there is none.
 */
enum tide_python python_layout_choose(struct python_layout *layout, unsigned minor,
				      const void *runtime);

#endif
