/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Python's str and bytes objects, read in place.
 */
#ifndef SRC_PYTHON_TEXT_H
#define SRC_PYTHON_TEXT_H

#include "python/python.h"

#define PYTHON_TEXT_MOST 4096u /* characters of a name; longer ones are cut */

/* As UTF-8 with NUL, cut to fit; false when the object is no str that can be read. */
bool python_text(uintptr_t object, char *to, size_t size);

struct python_bytes {
	const uint8_t *at;
	size_t count;
};

struct python_bytes python_bytes(uintptr_t object);

#endif
