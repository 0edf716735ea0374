/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render/command.h"

#include <stdbool.h>
#include <string.h>

static bool has_control(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	return false;
}

/* What a terminal would obey needs the quotes that shells have for it. */
static void add_escaped(struct buf *b, const char *text)
{
	buf_puts(b, "$'");
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			buf_puts(b, "\\");
		buf_shown(b, *text);
	}
	buf_puts(b, "'");
}

static void add_quoted(struct buf *b, const char *text)
{
	buf_puts(b, "'");
	for (; *text; text++) {
		if (*text == '\'')
			buf_puts(b, "'\\''");
		else
			buf_add(b, text, 1);
	}
	buf_puts(b, "'");
}

static void add_argument(struct buf *b, const char *argument)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_-+=./:,@%";

	if (*argument && !argument[strspn(argument, plain)])
		buf_puts(b, argument);
	else if (has_control(argument))
		add_escaped(b, argument);
	else
		add_quoted(b, argument);
}

void command_words(struct buf *b, const struct view_facts *f)
{
	if (!f->arg_count)
		buf_puts(b, f->program);
	for (size_t i = 0; i < f->arg_count; i++) {
		if (i)
			buf_puts(b, " ");
		add_argument(b, f->args[i]);
	}
}
