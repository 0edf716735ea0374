/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Allocates from as many call stacks as asked for: sixteen functions that call one another in the
 * order of the digits of a number.  Frees every third block.  Prints what is left.
 *   many [STACKS]
 */
#include "victim.h"

#define LEVELS 5
#define BASE   16

typedef void *allocator(uint32_t digits, unsigned level, size_t bytes);

static allocator *const table[BASE];

#define STEP(name)                                                                          \
	static APART void *name(uint32_t digits, unsigned level, size_t bytes)              \
	{                                                                                   \
		void *block = level ? table[digits % BASE](digits / BASE, level - 1, bytes) \
				    : malloc(bytes);                                        \
		KEEP(block);                                                                \
		HERE();                                                                     \
		return block;                                                               \
	}

STEP(read_header)
STEP(read_body)
STEP(parse_line)
STEP(parse_word)
STEP(make_node)
STEP(make_edge)
STEP(grow_table)
STEP(copy_text)
STEP(join_lists)
STEP(split_list)
STEP(hash_key)
STEP(open_index)
STEP(load_page)
STEP(keep_page)
STEP(sort_rows)
STEP(write_row)

static allocator *const table[BASE] = {
	read_header, read_body, parse_line, parse_word, make_node, make_edge,
	grow_table,  copy_text, join_lists, split_list, hash_key,  open_index,
	load_page,   keep_page, sort_rows,  write_row,
};

int main(int argc, char **argv)
{
	uint32_t stacks = argc > 1 ? (uint32_t)atoi(argv[1]) : 1000, i, kept = 0;
	size_t bytes;
	void *block;

	for (i = 0; i < stacks; i++) {
		bytes = 16 + any(1u << (4 + i % 11));
		block = table[i % BASE](i / BASE, LEVELS - 1, bytes);
		need(block != NULL, "malloc");
		if (i % 3)
			kept++;
		else
			free(block);
	}
	say("stacks=%u\nkept=%u\n", stacks, kept);
	return 0;
}
