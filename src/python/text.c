/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "python/text.h"

/* In every str: the number of characters, then flags. */
#define LENGTH	   16
#define FLAGS	   32
#define BYTES_MOST ((size_t)1 << 24)

static uint32_t character(uintptr_t data, unsigned width, size_t i)
{
	if (width == 1)
		return ((const uint8_t *)data)[i];
	return width == 2 ? ((const uint16_t *)data)[i] : ((const uint32_t *)data)[i];
}

/* A lone surrogate or worse becomes a question mark. */
static size_t encode(uint32_t c, char *to)
{
	if (c < 0x80) {
		to[0] = c < 0x20 || c == 0x7f ? '?' : (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 63));
		return 2;
	}
	if ((c >= 0xd800 && c < 0xe000) || c > 0x10ffff) {
		to[0] = '?';
		return 1;
	}
	if (c < 0x10000) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 63));
		to[2] = (char)(0x80 | (c & 63));
		return 3;
	}
	to[0] = (char)(0xf0 | c >> 18);
	to[1] = (char)(0x80 | (c >> 12 & 63));
	to[2] = (char)(0x80 | (c >> 6 & 63));
	to[3] = (char)(0x80 | (c & 63));
	return 4;
}

bool python_text(uintptr_t object, char *to, size_t size)
{
	const struct python_layout *l = &python.layout;
	uint32_t flags, width;
	size_t length, used = 0;
	uintptr_t data;

	to[0] = 0;
	if (!object || object & 7)
		return false;
	flags = *(const uint32_t *)(object + FLAGS);
	length = *(const size_t *)(object + PYTHON_LENGTH);
	width = flags >> 2 & 7;
	if (!(flags >> 5 & 1) || (width != 1 && width != 2 && width != 4))
		return false;
	data = object + (flags >> 6 & 1 ? l->text_ascii : l->text_other);
	if (length > PYTHON_TEXT_MOST)
		length = PYTHON_TEXT_MOST;
	for (size_t i = 0; i < length && used + 5 < size; i++)
		used += encode(character(data, width, i), to + used);
	to[used] = 0;
	return true;
}

struct python_bytes python_bytes(uintptr_t object)
{
	struct python_bytes b = { NULL, 0 };

	if (!object || object & 7)
		return b;
	b.at = (const uint8_t *)object + PYTHON_BYTES_DATA;
	b.count = *(const size_t *)(object + PYTHON_LENGTH);
	if (b.count > BYTES_MOST)
		b.count = 0;
	return b;
}
