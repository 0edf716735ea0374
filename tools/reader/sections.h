/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The sections of a recording and where struct reader keeps them: one table for reading, in
 * reader.c, and for writing.  Numbers without a section have no item_bytes.
 */
#ifndef TIDEMARK_READER_SECTIONS_H
#define TIDEMARK_READER_SECTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "tidemark/profile.h"

struct section {
	const char *name;
	uint32_t item_bytes;
	size_t count_offset; /* in struct tide_header */
	size_t array_offset; /* in struct reader */
};

const struct section *reader_section(enum tide_section number);

#endif
