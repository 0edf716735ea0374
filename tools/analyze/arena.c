/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "analyze/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define PIECE_BYTES 65536

struct arena_piece {
	struct arena_piece *next;
	size_t used;
	size_t room;
	_Alignas(16) char data[];
};

static struct arena_piece *new_piece(struct arena *a, size_t bytes)
{
	size_t room = bytes > PIECE_BYTES ? bytes : PIECE_BYTES;
	struct arena_piece *piece = calloc(1, sizeof(*piece) + room);

	if (!piece)
		return NULL;
	piece->room = room;
	piece->next = a->pieces;
	a->pieces = piece;
	return piece;
}

void *arena_take(struct arena *a, size_t count, size_t bytes)
{
	struct arena_piece *piece = a->pieces;
	void *data;

	if (count > SIZE_MAX / 2 / (bytes ? bytes : 1)) {
		a->failed = true;
		return NULL;
	}
	bytes = (count * bytes + 15) & ~(size_t)15;
	if (!piece || piece->room - piece->used < bytes)
		piece = new_piece(a, bytes);
	if (!piece) {
		a->failed = true;
		return NULL;
	}
	data = piece->data + piece->used;
	piece->used += bytes;
	return data;
}

char *arena_printf(struct arena *a, const char *format, ...)
{
	va_list args;
	char *text;
	int bytes;

	va_start(args, format);
	bytes = vsnprintf(NULL, 0, format, args);
	va_end(args);
	text = arena_take(a, 1, (size_t)(bytes < 0 ? 0 : bytes) + 1);
	if (!text || bytes < 0)
		return text;
	va_start(args, format);
	vsnprintf(text, (size_t)bytes + 1, format, args);
	va_end(args);
	return text;
}

void arena_free(struct arena *a)
{
	struct arena_piece *next;

	for (; a->pieces; a->pieces = next) {
		next = a->pieces->next;
		free(a->pieces);
	}
}
