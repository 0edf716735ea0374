/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "python/leaf.h"

#include "config.h"
#include "python/text.h"

static bool begins(const char *text, const char *with)
{
	while (*with && *text == *with)
		text++, with++;
	return !*with;
}

static const char *find(const char *text, const char *what)
{
	for (; *text; text++)
		if (begins(text, what))
			return text;
	return NULL;
}

/* .../lib/python3.11/json/decoder.py, .../lib64/python3.11/..., <frozen importlib._bootstrap> */
bool python_leaf_is_library(const char *file)
{
	const char *at = find(file, "/lib/python3");

	if (begins(file, "<frozen "))
		return true;
	if (!at)
		at = find(file, "/lib64/python3");
	return at && !find(at, "/site-packages/") && !find(at, "/dist-packages/");
}

/* Asked for every frame of every stack: what is known of a name is kept. */
static bool is_library(struct python_thread *p, uintptr_t code)
{
	uintptr_t file = python_word(code, python.layout.file);
	uint64_t mark = file ^ python_mark_of_data(file, python.layout.text_ascii);
	struct python_place *place = &p->places[(mark * 0x9e3779b97f4a7c15u) >> 58];

	if (place->mark != mark) {
		place->is_library = python_text(file, p->names.file, sizeof(p->names.file)) &&
				    python_leaf_is_library(p->names.file);
		place->mark = mark;
	}
	return place->is_library;
}

uintptr_t python_leaf(struct python_thread *p, uintptr_t innermost)
{
	uintptr_t frame = innermost;

	for (uint32_t n = 0; frame && n < config.depth; n++) {
		if (!is_library(p, python_code(frame)))
			return frame;
		frame = python_skip(python_word(frame, python.layout.previous));
	}
	return innermost;
}
