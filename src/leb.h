/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Numbers as DWARF stores them: LEB128 and plain, from a pointer that moves on.
 */
#ifndef SRC_LEB_H
#define SRC_LEB_H

#include <stdint.h>

static inline uint64_t read_uleb(const uint8_t **at)
{
	uint64_t value = 0;
	unsigned shift = 0;
	uint8_t byte;

	do {
		byte = *(*at)++;
		if (shift < 64)
			value |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	return value;
}

static inline int64_t read_sleb(const uint8_t **at)
{
	uint64_t value = 0;
	unsigned shift = 0;
	uint8_t byte;

	do {
		byte = *(*at)++;
		if (shift < 64)
			value |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	if (shift < 64 && byte & 0x40)
		value |= ~(uint64_t)0 << shift;
	return (int64_t)value;
}

/* A number of this type, whatever its alignment; moves on. */
#define READ(type, at)                                    \
	({                                                \
		type v_;                                  \
		__builtin_memcpy(&v_, *(at), sizeof(v_)); \
		*(at) += sizeof(v_);                      \
		v_;                                       \
	})

#endif
