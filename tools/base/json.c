/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/json.h"

#include <stddef.h>
#include <string.h>

#include "base/utf8.h"

static void write_escape(FILE *out, unsigned char c)
{
	static const char from[] = "\"\\\n\t\r\b\f", to[] = "\"\\ntrbf";
	const char *found = strchr(from, c);

	if (found)
		fprintf(out, "\\%c", to[found - from]);
	else
		fprintf(out, "\\u%04x", c);
}

static bool is_markup(unsigned char c)
{
	return c == '<' || c == '>' || c == '&';
}

/* U+2028 and U+2029, which end a line of a script. */
static bool is_separator(const unsigned char *at)
{
	return at[0] == 0xe2 && at[1] == 0x80 && (at[2] & 0xfe) == 0xa8;
}

static void write_string(const struct json *j, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	FILE *out = j->out;
	size_t bytes;

	putc_unlocked('"', out);
	while (*at) {
		bytes = utf8_sequence(at);
		if (!bytes)
			fputs("\\ufffd", out);
		else if (j->page && is_separator(at))
			fprintf(out, "\\u20%02x", at[2] - 0x80u);
		else if (bytes > 1)
			fwrite(at, 1, bytes, out);
		else if (*at < 0x20 || *at == '"' || *at == '\\' || *at == 0x7f ||
			 (j->page && is_markup(*at)))
			write_escape(out, *at);
		else
			putc_unlocked(*at, out);
		at += bytes ? bytes : 1;
	}
	putc_unlocked('"', out);
}

static void item(struct json *j, const char *key)
{
	uint64_t bit = 1ull << (j->depth & 63);
	unsigned i;

	if (j->filled & bit)
		putc_unlocked(',', j->out);
	if (j->lines && j->depth) {
		putc_unlocked('\n', j->out);
		for (i = 0; i < j->depth; i++)
			putc_unlocked(' ', j->out);
	}
	j->filled |= bit;
	if (key) {
		write_string(j, key);
		putc_unlocked(':', j->out);
	}
}

void json_begin(struct json *j, FILE *out)
{
	*j = (struct json){ .out = out, .lines = true };
}

void json_end(struct json *j)
{
	putc_unlocked('\n', j->out);
}

void json_lines(struct json *j, bool lines)
{
	j->lines = lines;
}

void json_open(struct json *j, const char *key, char bracket)
{
	item(j, key);
	putc_unlocked(bracket, j->out);
	j->depth++;
	j->filled &= ~(1ull << (j->depth & 63));
}

void json_close(struct json *j, char bracket)
{
	j->depth--;
	putc_unlocked(bracket, j->out);
}

void json_text(struct json *j, const char *key, const char *text)
{
	item(j, key);
	if (text)
		write_string(j, text);
	else
		fputs("null", j->out);
}

/* Reports hold millions of numbers, and printf() takes its time. */
static void write_number(FILE *out, uint64_t value, unsigned base)
{
	char digits[24];
	size_t at = sizeof(digits);

	do
		digits[--at] = "0123456789abcdef"[value % base];
	while (value /= base);
	while (at < sizeof(digits))
		putc_unlocked(digits[at++], out);
}

void json_signed(struct json *j, const char *key, int64_t value)
{
	item(j, key);
	if (value < 0)
		putc_unlocked('-', j->out);
	write_number(j->out, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 10);
}

void json_unsigned(struct json *j, const char *key, uint64_t value)
{
	item(j, key);
	write_number(j->out, value, 10);
}

void json_hex(struct json *j, const char *key, uint64_t value)
{
	item(j, key);
	fputs("\"0x", j->out);
	write_number(j->out, value, 16);
	putc_unlocked('"', j->out);
}

void json_bool(struct json *j, const char *key, bool value)
{
	item(j, key);
	fputs(value ? "true" : "false", j->out);
}

void json_null(struct json *j, const char *key)
{
	item(j, key);
	fputs("null", j->out);
}
