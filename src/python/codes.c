/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "python/codes.h"

#include "frames.h"
#include "index.h"
#include "profile.h"
#include "python/text.h"

#define FILES 256u /* recent names of files, so that few are stored twice */

struct content {
	const char *function;
	const char *file;
	uint32_t first_line;
};

uint8_t python_code_bits[PYTHON_CODE_BITS / 8];
uint32_t python_code_generation = 1;

void python_code_ends(void)
{
	__atomic_fetch_add(&python_code_generation, 2, __ATOMIC_ACQ_REL);
}

/* The bit first: see python_code_watch. */
void python_large_code_ends(uintptr_t bit)
{
	__atomic_fetch_and(&python_code_bits[bit / 8], (uint8_t) ~(1u << (bit & 7)),
			   __ATOMIC_ACQ_REL);
	python_code_ends();
}

static struct index codes = { .buckets_first = 32 };
static uint32_t files[FILES];

static uint64_t hash_text(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
	return hash;
}

static bool same_text(uint32_t offset, const char *text)
{
	return offset ? sys_same(profile_text_at(offset), text) : !*text;
}

static bool same(uint32_t number, const void *key)
{
	const struct tide_code *code = profile_code(number);
	const struct content *c = key;

	return code->first_line == c->first_line && same_text(code->function, c->function) &&
	       same_text(code->file, c->file);
}

static uint32_t place_file(const char *file, uint64_t hash, int tid)
{
	uint32_t *slot = &files[hash % FILES];
	uint32_t offset = __atomic_load_n(slot, __ATOMIC_ACQUIRE);

	if (offset && same_text(offset, file))
		return offset;
	offset = profile_text(file, sys_length(file), tid).offset;
	__atomic_store_n(slot, offset, __ATOMIC_RELEASE);
	return offset;
}

/* Number 0 means that there is none; it is taken with the first. */
static uint32_t take(int tid)
{
	uint32_t number = profile_take(TIDE_SECTION_CODES, tid);

	return number || profile_count(TIDE_SECTION_CODES) != 1
		       ? number
		       : profile_take(TIDE_SECTION_CODES, tid);
}

static uint32_t intern(const struct content *c, int tid)
{
	uint64_t file_hash = hash_text(0xcbf29ce484222325u, c->file);
	uint64_t hash = index_mix(hash_text(file_hash, c->function), c->first_line);
	uint32_t number = index_find(&codes, hash, same, c);

	if (number)
		return number;
	number = take(tid);
	if (!number)
		return 0;
	*profile_code(number) = (struct tide_code){
		.function = profile_text(c->function, sys_length(c->function), tid).offset,
		.file = place_file(c->file, file_hash, tid),
		.first_line = c->first_line,
	};
	return index_insert(&codes, hash, number, same, c, tid);
}

static uint32_t first_line(uintptr_t code)
{
	int32_t line = python_int(code, python.layout.first_line);

	return line > 0 ? (uint32_t)line : 0;
}

static uint32_t line_at(struct python_line_place *place, uintptr_t code, uint64_t position)
{
	const struct python_layout *l = &python.layout;
	struct python_bytes table = python_bytes(python_word(code, l->line_table));
	int64_t at = (int64_t)position;

	if (!l->position_is_int)
		at -= (int64_t)(code + l->instructions);
	else if (l->lines == PYTHON_RANGES)
		at *= 2;
	return python_line_from(place, (enum python_lines)l->lines, table.at, table.count,
				first_line(code), at);
}

uint32_t python_line_at(uintptr_t code, uint64_t position)
{
	struct python_line_place place = { 0 };

	return line_at(&place, code, position);
}

static uint32_t number_of(uintptr_t code, struct python_names *names, int tid)
{
	static const char unknown[] = "?";
	struct content c = { names->function, names->file, first_line(code) };

	if (!python_text(python_word(code, python.layout.function), names->function,
			 sizeof(names->function)))
		c.function = unknown;
	if (!python_text(python_word(code, python.layout.file), names->file, sizeof(names->file)))
		c.file = unknown;
	return intern(&c, tid);
}

/* A handler may jump out at any point: until all is right again it is of no code. */
uint32_t python_frame(uintptr_t code, uint64_t mark, uint64_t position, struct python_read *read,
		      struct python_names *names, int tid)
{
	const bool is_same = read->mark == mark && read->number;
	uint32_t line;

	read->mark = 0;
	barrier();
	if (!is_same)
		*read = (struct python_read){ .number = number_of(code, names, tid) };
	line = line_at(&read->place, code, position);
	barrier();
	read->mark = mark;
	if (!read->number)
		return 0;
	return frames_intern(TIDE_PYTHON_PC(read->number, line), 0, TIDE_FRAME_PYTHON, tid);
}
