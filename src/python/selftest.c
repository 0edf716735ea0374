/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "python/selftest.h"

#include <pthread.h>

#include "python/codes.h"
#include "python/lines.h"
#include "python/objects.h"
#include "python/text.h"

#define FRAMES_WANTED 3u /* that fit, over one capture or several */
#define FRAMES_MOST   200u
#define NAME_MOST     100000u
#define LINE_MOST     10000000

/* A word of an object, or false when it cannot be read. */
static bool peek(uintptr_t object, uint16_t offset, uintptr_t *word)
{
	uintptr_t at = object + offset;

	if (object < 4096 || object & 7 || object >> 47 || !sys_readable(at & ~(uintptr_t)7) ||
	    !sys_readable((at + 7) & ~(uintptr_t)7))
		return false;
	__builtin_memcpy(word, (const void *)at, sizeof(*word));
	return true;
}

static bool has_type(uintptr_t object, uintptr_t type)
{
	uintptr_t word;

	return peek(object, python.layout.type, &word) && word == type;
}

static bool is_name(uintptr_t object)
{
	uintptr_t length, last;

	if (!has_type(object, python.text_type) || !peek(object, 16, &length) ||
	    !peek(object, 32, &last) || !length || length > NAME_MOST)
		return false;
	return peek(object, (uint16_t)(python.layout.text_other & ~7u), &last) &&
	       python_bytes(object).at && sys_readable((object + 48 + length) & ~(uintptr_t)7);
}

static bool is_line_table(uintptr_t object)
{
	uintptr_t size;

	return has_type(object, python.bytes_type) && peek(object, 16, &size) && size < 1 << 24 &&
	       sys_readable((object + 32 + size) & ~(uintptr_t)7);
}

/* What the code is to be found in: qualified names end with the plain one since 3.11. */
static bool is_code(uintptr_t code)
{
	const struct python_layout *l = &python.layout;
	uintptr_t file, function, table, line;

	if (!has_type(code, python.code_type) || !peek(code, l->file, &file) ||
	    !peek(code, l->function, &function) || !peek(code, l->line_table, &table) ||
	    !peek(code, l->first_line, &line))
		return false;
	for (int i = 0; i < 4; i++)
		if (!peek(code, l->marks[i], &line))
			return false;
	line = (uintptr_t)(int64_t)python_int(code, l->first_line);
	return is_name(file) && is_name(function) && is_line_table(table) && (int64_t)line >= -1 &&
	       (int64_t)line < LINE_MOST;
}

/* A frame that has called another is past its first instruction. */
static bool position_fits(uintptr_t code, uint64_t position, bool has_called)
{
	int64_t at = (int64_t)position;

	if (!python.layout.position_is_int)
		at -= (int64_t)(code + python.layout.instructions);
	return at >= (has_called ? 1 : -2) && at < 1 << 24 &&
	       (python.layout.position_is_int || !(at & 1)) &&
	       python_line_at(code, position) < LINE_MOST;
}

static bool frame_fits(uintptr_t frame, bool has_called)
{
	uintptr_t code, position, word;

	if (!peek(frame, python.layout.code, &code) ||
	    !peek(frame, python.layout.previous, &word) ||
	    !peek(frame, (uint16_t)(python.layout.position & ~7u), &position))
		return false;
	code &= python.layout.code_mask;
	return is_code(code) && position_fits(code, python_position(frame), has_called);
}

/* Outward over C code, each frame asked before it is read. */
static bool skip(uintptr_t *frame)
{
	const struct python_layout *l = &python.layout;
	uintptr_t word;

	for (unsigned i = 0; *frame && l->owner_least; i++) {
		if (i == FRAMES_MOST || !peek(*frame, l->owner & 0xfff8, &word))
			return false;
		if (*(const uint8_t *)(*frame + l->owner) < l->owner_least)
			return *(const uint8_t *)(*frame + l->owner) < 3;
		if (!peek(*frame, l->previous, frame))
			return false;
	}
	return true;
}

static bool first_frame(uintptr_t state, uintptr_t *frame)
{
	const struct python_layout *l = &python.layout;
	uintptr_t thread;

	if (!peek(state, l->state_thread, &thread) || thread != (uintptr_t)pthread_self() ||
	    !peek(state, l->state_frame, frame))
		return false;
	if (l->cframe_frame != PYTHON_ABSENT && !peek(*frame, l->cframe_frame, frame))
		return false;
	return skip(frame);
}

/* How many frames fit, -1 when one does not. */
static int count_fitting(uintptr_t state)
{
	uintptr_t frame;
	int count = 0;

	if (!first_frame(state, &frame))
		return -1;
	while (frame && count < (int)FRAMES_MOST) {
		if (!frame_fits(frame, count > 0))
			return -1;
		count++;
		if (!peek(frame, python.layout.previous, &frame) || !skip(&frame))
			return -1;
	}
	return count;
}

bool python_selftest(uintptr_t state)
{
	static uint32_t fitting;
	uint32_t before;
	int count;

	/* With the lock, so that objects may be watched. */
	if (sys_locked_down || python.attached() != state)
		return false;
	count = count_fitting(state);
	if (count < 0) {
		python_settle(TIDE_PYTHON_MISFIT);
		return false;
	}
	before = __atomic_fetch_add(&fitting, (uint32_t)count, __ATOMIC_RELAXED);
	if (!before && count)
		python_objects_watch();
	if (before + (uint32_t)count < FRAMES_WANTED || !before)
		return false;
	python_objects_mend();
	python_settle(TIDE_PYTHON_ON);
	return true;
}
