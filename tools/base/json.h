/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A JSON writer: commas, nesting and escapes.  For renderers.  Bytes that are no UTF-8 become
 * U+FFFD, so the output is always valid.  Errors of the stream are left to ferror().
 * `key` is NULL inside an array.
 */
#ifndef TIDEMARK_BASE_JSON_H
#define TIDEMARK_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json {
	FILE *out;
	unsigned depth;
	uint64_t filled; /* one bit a level: something was written there */
	bool lines;	 /* a new line before each item */
	bool page;	 /* inside a page: nothing in a string can be taken for markup */
};

void json_begin(struct json *j, FILE *out);
void json_end(struct json *j); /* the last newline */

/* Compact objects and arrays stay on one line. */
void json_open(struct json *j, const char *key, char bracket);
void json_close(struct json *j, char bracket);
void json_lines(struct json *j, bool lines);

void json_text(struct json *j, const char *key, const char *text); /* NULL writes null */
void json_signed(struct json *j, const char *key, int64_t value);
void json_unsigned(struct json *j, const char *key, uint64_t value);
void json_hex(struct json *j, const char *key, uint64_t value); /* "0x..." */
void json_bool(struct json *j, const char *key, bool value);
void json_null(struct json *j, const char *key);

#endif
