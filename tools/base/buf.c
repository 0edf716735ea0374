/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool reserve(struct buf *b, size_t more)
{
	size_t room = b->room ? b->room : 64;
	char *data;

	if (b->failed || more > SIZE_MAX / 4 - b->bytes)
		goto failed;
	if (b->bytes + more + 1 <= b->room)
		return true;
	while (room < b->bytes + more + 1)
		room *= 2;
	data = realloc(b->data, room);
	if (!data)
		goto failed;
	b->data = data;
	b->room = room;
	return true;
failed:
	b->failed = true;
	return false;
}

void buf_add(struct buf *b, const void *data, size_t bytes)
{
	if (!reserve(b, bytes))
		return;
	if (bytes)
		memcpy(b->data + b->bytes, data, bytes);
	b->bytes += bytes;
	b->data[b->bytes] = '\0';
}

void buf_puts(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

void buf_printf(struct buf *b, const char *format, ...)
{
	va_list args;
	int bytes;

	va_start(args, format);
	bytes = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (bytes < 0 || !reserve(b, (size_t)bytes))
		return;
	va_start(args, format);
	vsnprintf(b->data + b->bytes, (size_t)bytes + 1, format, args);
	va_end(args);
	b->bytes += (size_t)bytes;
}

void buf_shown(struct buf *b, char c)
{
	if (c == '\n')
		buf_puts(b, "\\n");
	else if (c == '\t')
		buf_puts(b, "\\t");
	else if ((unsigned char)c < 0x20 || c == 0x7f)
		buf_printf(b, "\\%03o", (unsigned)c);
	else
		buf_add(b, &c, 1);
}

void buf_reset(struct buf *b)
{
	b->bytes = 0;
	if (b->data)
		b->data[0] = '\0';
}

void buf_free(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ 0 };
}

const char *buf_text(const struct buf *b)
{
	return b->data ? b->data : "";
}
