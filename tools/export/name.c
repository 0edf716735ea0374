/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "export/name.h"

#include <string.h>

#include "base/utf8.h"
#include "base/util.h"

static void add_control(struct buf *b, unsigned char c)
{
	static const char letters[] = "abtnvfr";

	if (c >= '\a' && c <= '\r')
		buf_printf(b, "\\%c", letters[c - '\a']);
	else
		buf_printf(b, "\\x%02x", c);
}

static bool is_plain(unsigned char c, const char *from)
{
	return c >= ' ' && c < 0x7f && !strchr(from, c);
}

static void add_odd(struct buf *b, unsigned char c, const char *from, const char *to)
{
	const char *found = strchr(from, c);

	if (found)
		buf_add(b, &to[found - from], 1);
	else
		add_control(b, c);
}

void name_add(struct buf *b, const char *text, const char *from, const char *to)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t bytes;

	while (*at) {
		for (bytes = 0; at[bytes] && is_plain(at[bytes], from);)
			bytes++;
		buf_add(b, at, bytes);
		at += bytes;
		if (!*at)
			break;
		bytes = utf8_sequence(at);
		if (!bytes)
			buf_puts(b, UTF8_REPLACEMENT);
		else if (bytes > 1)
			buf_add(b, at, bytes);
		else
			add_odd(b, *at, from, to);
		at += bytes ? bytes : 1;
	}
}

void name_frame(struct buf *b, const struct view_frame *f, const char *from, const char *to)
{
	if (f->function) {
		name_add(b, f->function, from, to);
	} else if (f->module) {
		name_add(b, util_basename(f->module), from, to);
		buf_printf(b, "+0x%llx", (unsigned long long)f->offset);
	} else {
		buf_printf(b, "0x%llx", (unsigned long long)f->pc);
	}
}

uint64_t name_address(const struct view_frame *f)
{
	return f->python ? 0 : f->pc - !f->exact;
}

void name_command(struct buf *b, const struct view_facts *f, const char *from, const char *to)
{
	size_t i;

	for (i = 0; i < f->arg_count; i++) {
		if (i)
			buf_puts(b, " ");
		name_add(b, f->args[i], from, to);
	}
	if (!f->arg_count)
		name_add(b, f->program, from, to);
}
