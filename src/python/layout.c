/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "python/layout.h"

#define FIRST_MINOR 8u
#define LAST_TABLE  12u
#define BIT_MASK    (~(uintptr_t)0)

/* offsetof in the headers of 3.8.18, 3.9.18, 3.10.13, 3.11.7 and 3.12.1. */
static const struct python_layout table[] = {
	{
		.minor = 8,
		.lines = PYTHON_LNOTAB,
		.position_is_int = true,
		.state_frame = 24,
		.cframe_frame = PYTHON_ABSENT,
		.state_thread = 176,
		.previous = 24,
		.code = 32,
		.position = 104,
		.owner = PYTHON_ABSENT,
		.is_entry = PYTHON_ABSENT,
		.file = 104,
		.function = 112,
		.first_line = 40,
		.line_table = 120,
		.instructions = PYTHON_ABSENT,
		.marks = { 40, 104, 112, 120 },
		.type = 8,
		.text_ascii = 48,
		.text_other = 72,
		.code_mask = BIT_MASK,
	},
	{
		.minor = 9,
		.lines = PYTHON_LNOTAB,
		.position_is_int = true,
		.state_frame = 24,
		.cframe_frame = PYTHON_ABSENT,
		.state_thread = 176,
		.previous = 24,
		.code = 32,
		.position = 104,
		.owner = PYTHON_ABSENT,
		.is_entry = PYTHON_ABSENT,
		.file = 104,
		.function = 112,
		.first_line = 40,
		.line_table = 120,
		.instructions = PYTHON_ABSENT,
		.marks = { 40, 104, 112, 120 },
		.type = 8,
		.text_ascii = 48,
		.text_other = 72,
		.code_mask = BIT_MASK,
	},
	{
		.minor = 10,
		.lines = PYTHON_RANGES,
		.position_is_int = true,
		.state_frame = 24,
		.cframe_frame = PYTHON_ABSENT,
		.state_thread = 176,
		.previous = 24,
		.code = 32,
		.position = 96,
		.owner = PYTHON_ABSENT,
		.is_entry = PYTHON_ABSENT,
		.file = 104,
		.function = 112,
		.first_line = 40,
		.line_table = 120,
		.instructions = PYTHON_ABSENT,
		.marks = { 40, 104, 112, 120 },
		.type = 8,
		.text_ascii = 48,
		.text_other = 72,
		.code_mask = BIT_MASK,
	},
	{
		.minor = 11,
		.lines = PYTHON_LOCATIONS,
		.state_frame = 56,
		.cframe_frame = 8,
		.state_thread = 152,
		.previous = 48,
		.code = 32,
		.position = 56,
		.owner = PYTHON_ABSENT,
		.is_entry = 68,
		.file = 112,
		.function = 128,
		.first_line = 72,
		.line_table = 136,
		.instructions = 184,
		.marks = { 72, 112, 120, 136 },
		.type = 8,
		.text_ascii = 48,
		.text_other = 72,
		.code_mask = BIT_MASK,
	},
	{
		/* The word at 88 holds co_version, which no two code objects share. */
		.minor = 12,
		.lines = PYTHON_LOCATIONS,
		.owner_least = 3,
		.state_frame = 56,
		.cframe_frame = 0,
		.state_thread = 136,
		.previous = 8,
		.code = 0,
		.position = 56,
		.owner = 70,
		.is_entry = PYTHON_ABSENT,
		.file = 112,
		.function = 128,
		.first_line = 68,
		.line_table = 136,
		.instructions = 192,
		.marks = { 88, 112, 120, 136 },
		.is_numbered = true,
		.type = 8,
		.text_ascii = 40,
		.text_other = 56,
		.code_mask = BIT_MASK,
	},
};

/* Numbers of words in _Py_DebugOffsets. */
struct words {
	uint8_t free_threaded, current_frame, thread_id, previous, executable, instr_ptr, owner;
	uint8_t filename, name, qualname, linetable, firstlineno, instructions, type;
};

static const struct words words_13 = { 2, 23, 24, 29, 30, 31, 33, 35, 36, 37, 38, 39, 43, 45 };
static const struct words words_14 = { 2, 26, 27, 32, 33, 34, 36, 40, 41, 42, 43, 44, 48, 51 };

static bool all_offsets(const uint64_t *at, const struct words *w)
{
	const uint8_t *number = &w->current_frame;

	for (unsigned i = 0; i < sizeof(*w) - 1; i++)
		if (at[number[i]] >= 4096)
			return false;
	return true;
}

static enum tide_python self_described(struct python_layout *layout, unsigned minor,
				       const void *runtime)
{
	const struct words *w = minor == 13 ? &words_13 : &words_14;
	const uint64_t *at = runtime;

	if (!at || __builtin_memcmp(at, "xdebugpy", 8) != 0 || (at[1] >> 16 & 0xff) != minor)
		return TIDE_PYTHON_UNKNOWN;
	if (at[w->free_threaded])
		return TIDE_PYTHON_FREE_THREADED;
	if (!all_offsets(at, w))
		return TIDE_PYTHON_UNKNOWN;
	*layout = (struct python_layout){
		.minor = (uint8_t)minor,
		.lines = PYTHON_LOCATIONS,
		.owner_least = 3,
		.state_frame = (uint16_t)at[w->current_frame],
		.cframe_frame = PYTHON_ABSENT,
		.state_thread = (uint16_t)at[w->thread_id],
		.previous = (uint16_t)at[w->previous],
		.code = (uint16_t)at[w->executable],
		.position = (uint16_t)at[w->instr_ptr],
		.owner = (uint16_t)at[w->owner],
		.is_entry = PYTHON_ABSENT,
		.file = (uint16_t)at[w->filename],
		.function = (uint16_t)at[w->qualname],
		.first_line = (uint16_t)at[w->firstlineno],
		.line_table = (uint16_t)at[w->linetable],
		.instructions = (uint16_t)at[w->instructions],
		/* co_version stands in the second word before the names, as in 3.12. */
		.marks = { 88, (uint16_t)at[w->filename], (uint16_t)at[w->name],
			   (uint16_t)at[w->linetable] },
		.is_numbered = true,
		.type = (uint16_t)at[w->type],
		.text_ascii = 40,
		.text_other = 56,
		.code_mask = minor == 13 ? BIT_MASK : ~(uintptr_t)3,
	};
	return TIDE_PYTHON_FOUND;
}

enum tide_python python_layout_choose(struct python_layout *layout, unsigned minor,
				      const void *runtime)
{
	if (minor == 13 || minor == 14)
		return self_described(layout, minor, runtime);
	if (minor < FIRST_MINOR || minor > LAST_TABLE)
		return TIDE_PYTHON_UNKNOWN;
	*layout = table[minor - FIRST_MINOR];
	return TIDE_PYTHON_FOUND;
}
