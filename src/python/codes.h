/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Python's code objects in the recording, each once by what it says (function, file, first line):
 * a program that runs exec in a loop has a new one at the same address each time, and the same one
 * at ever new addresses.  Hook-safe.
 */
#ifndef SRC_PYTHON_CODES_H
#define SRC_PYTHON_CODES_H

#include "dense.h"
#include "python/lines.h"
#include "python/python.h"

#define PYTHON_MIX 0x9e3779b97f4a7c15u

static inline uint64_t python_eight(uintptr_t at)
{
	uint64_t word;

	__builtin_memcpy(&word, (const void *)at, sizeof(word));
	return word;
}

/*
 * What an object holds: its length, first and last bytes.  A program that compiles in a loop gets
 * its objects at the same addresses every time, and only what they hold tells them apart.
 */
static inline uint64_t python_mark_of_data(uintptr_t object, uint16_t data)
{
	size_t length = *(const size_t *)(object + PYTHON_LENGTH);
	size_t last = length < 8 ? 0 : length - 8;

	return length * 0xff51afd7ed558ccdu + python_eight(object + data) * 0xc4ceb9fe1a85ec53u +
	       python_eight(object + data + last / 2) * 0x2545f4914f6cdd1du +
	       python_eight(object + data + last) * 0x9fb21c651e98df25u;
}

/* Stands for a code object; differs from that of another one in its place, a moment later. */
static inline uint64_t python_mark(uintptr_t code)
{
	const struct python_layout *l = &python.layout;
	uintptr_t file = python_word(code, l->marks[1]), name = python_word(code, l->marks[2]);
	uintptr_t table = python_word(code, l->marks[3]);
	uint64_t mark = python_word(code, l->marks[0]) * 0x9e3779b97f4a7c15u +
			file * 0xd6e8feb86659fd93u + name * 0xbf58476d1ce4e5b9u +
			table * 0x94d049bb133111ebu;

	if (l->is_numbered)
		return mark;
	mark += python_mark_of_data(table, PYTHON_BYTES_DATA) * 0xa0761d6478bd642fu;
	mark += python_mark_of_data(file, l->text_ascii) * 0xe7037ed1a0b428dbu;
	return mark + python_mark_of_data(name, l->text_ascii) * 0x8ebc6af09c88c6e3u;
}

/*
 * While every object passes through the layer of objects.h, the end of each code object is seen,
 * and as long as none has ended, a code is the one that it was.  A small one is marked in its word
 * (dense.h).  For the others a bit stands for sixteen bytes of memory, many times over: it says too
 * often that a code has ended, never too seldom.
 */
#define PYTHON_CODE_BITS ((uintptr_t)1 << 20)

OURS uint8_t python_code_bits[PYTHON_CODE_BITS / 8];
OURS uint32_t python_code_generation; /* never 0 */

static inline uintptr_t python_code_bit(uintptr_t code)
{
	return code >> 4 & (PYTHON_CODE_BITS - 1);
}

/* What was known of codes no longer is. */
void python_code_ends(void);

/* Of a large one; whoever uses a code of the same bit again sets it again. */
void python_large_code_ends(uintptr_t bit);

/* A block goes. */
static inline void python_code_may_end(uintptr_t block)
{
	uintptr_t bit = python_code_bit(block);
	const union dense_word *word = dense_word(block);

	if (dense_holds(word) && word->is & DENSE_MARK)
		python_code_ends();
	if (unlikely(python_code_bits[bit / 8] >> (bit & 7) & 1))
		python_large_code_ends(bit);
}

/*
 * From now on its end will be noticed, until the generation changes; that is to be read before this
 * is called.
 */
static inline void python_code_watch(uintptr_t code)
{
	uintptr_t bit = python_code_bit(code);
	union dense_word *word = dense_word(code);

	if (dense_holds(word))
		word->is |= DENSE_MARK;
	else
		__atomic_fetch_or(&python_code_bits[bit / 8], (uint8_t)(1u << (bit & 7)),
				  __ATOMIC_RELAXED);
}

/* Room for names: a hook's stack may be small. */
struct python_names {
	char function[1024];
	char file[4096];
};

/* What was found of a code when it was last asked for. */
struct python_read {
	uint64_t mark; /* of the code; 0 = none */
	struct python_line_place place;
	uint32_t number;
};

/*
 * The number of the frame (code, line) in the recording; 0 when there is no room.  `read` may be of
 * another code.
 */
uint32_t python_frame(uintptr_t code, uint64_t mark, uint64_t position, struct python_read *read,
		      struct python_names *names, int tid);

/* The line that a position of a code stands for. */
uint32_t python_line_at(uintptr_t code, uint64_t position);

#endif
