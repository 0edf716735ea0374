/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check/select.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/util.h"
#include "check/match.h"
#include "check/path.h"

#define COMMAND_MOST 400
#define NAME_MOST    255

/* Programs that run scripts; options behind the name that take the next word with them. */
static const struct {
	const char *name;
	const char *with_word;
} interpreters[] = {
	{ "python", "WXQ" }, { "perl", "I" }, { "ruby", "Ir" },	 { "node", "r" },  { "php", "d" },
	{ "lua", "l" },	     { "tclsh", "" }, { "guile", "L" },	 { "bash", "oO" }, { "dash", "o" },
	{ "zsh", "o" },	     { "ksh", "o" },  { "busybox", "" }, { "sh", "o" },
};

/* They start others, and what they leave behind is no finding about those. */
static const char *const drivers[] = { "sh",	  "bash",   "dash",   "zsh",   "ksh",	  "fish",
				       "busybox", "env",    "make",   "gmake", "ninja",	  "samu",
				       "just",	  "cmake",  "ctest",  "meson", "timeout", "nice",
				       "xargs",	  "find",   "setsid", "sudo",  "tox",	  "libtool",
				       "nox",	  "stdbuf", NULL };

static const char *with_word(const char *program)
{
	const char *name = util_basename(program);
	size_t bytes, i;

	for (i = 0; i < sizeof(interpreters) / sizeof(interpreters[0]); i++) {
		bytes = strlen(interpreters[i].name);
		/* "python3.11" is Python, "shar" is no shell. */
		if (!strncmp(name, interpreters[i].name, bytes) &&
		    !name[bytes + strspn(name + bytes, "0123456789.")])
			return interpreters[i].with_word;
	}
	return NULL;
}

/* A program given in place of its file is no name. */
static bool is_word(const char *text)
{
	return strlen(text) <= NAME_MOST && !text[strcspn(text, "\n\t{};")];
}

const char *select_name(const struct select_process *p, struct arena *arena)
{
	const char *takes = with_word(p->program), *arg;
	size_t i;

	for (i = 1; takes && i < p->arg_count; i++) {
		arg = p->args[i];
		if ((arg[0] != '-' || !arg[1]) && is_word(arg))
			return arena_printf(arena, "%s", util_basename(arg));
		if (arg[0] != '-')
			break;
		if (arg[1] == 'm' && !arg[2] && i + 1 < p->arg_count)
			return arena_printf(arena, "%s", p->args[i + 1]);
		/* The program is in the argument itself, or comes from the terminal. */
		if (arg[1] == 'c' || arg[1] == 'e' || !strcmp(arg, "--"))
			break;
		if (strchr(takes, arg[1]) && !arg[2])
			i++;
	}
	return arena_printf(arena, "%s", util_basename(p->program));
}

static void add_quoted(struct buf *out, const char *arg)
{
	size_t bytes;

	if (*arg && !arg[strcspn(arg, " \t\n'\"\\$&;()<>|*?[]#~`!{}")]) {
		buf_puts(out, arg);
		return;
	}
	buf_puts(out, "'");
	for (; *arg; arg += bytes) {
		bytes = strcspn(arg, "'\n");
		buf_add(out, arg, bytes);
		if (arg[bytes] == '\'')
			buf_puts(out, "'\\''");
		else if (arg[bytes])
			buf_puts(out, " ");
		bytes += arg[bytes] != '\0';
	}
	buf_puts(out, "'");
}

const char *select_command(const struct select_process *p, struct arena *arena)
{
	struct buf text = { 0 };
	const char *copy;
	size_t i, end;

	for (i = 0; i < p->arg_count && text.bytes <= COMMAND_MOST; i++) {
		if (i)
			buf_puts(&text, " ");
		add_quoted(&text, p->args[i]);
	}
	if (!p->arg_count)
		buf_puts(&text, p->program);
	/* Not in the middle of a character. */
	for (end = COMMAND_MOST; text.bytes > end && end && (text.data[end] & 0xc0) == 0x80;)
		end--;
	if (text.bytes > end)
		copy = arena_printf(arena, "%.*s...", (int)end, buf_text(&text));
	else
		copy = arena_printf(arena, "%s", buf_text(&text));
	buf_free(&text);
	return copy;
}

bool select_first(struct select *s, const struct select_process *p, const char *directory)
{
	if (s->program)
		return true;
	s->program = strdup(p->program);
	s->directory = strdup(directory);
	return s->program && s->directory;
}

bool select_fits(const struct opt_list *globs, const struct select_process *p, const char *name)
{
	unsigned i;

	for (i = 0; i < globs->count; i++)
		if (match_glob(globs->items[i], name) || match_glob(globs->items[i], p->program) ||
		    match_glob(globs->items[i], util_basename(p->program)))
			return true;
	return false;
}

static bool is_driver(const char *name)
{
	size_t i;

	for (i = 0; drivers[i]; i++)
		if (!strcmp(drivers[i], name))
			return true;
	return false;
}

bool select_wants(const struct select *s, const struct select_process *p, const char *name)
{
	if (select_fits(&s->skip, p, name))
		return false;
	if (s->all)
		return true;
	if (s->only.count)
		return select_fits(&s->only, p, name);
	if (is_driver(util_basename(p->program)) || is_driver(name))
		return false;
	return path_below(p->program, s->directory ? s->directory : "/") ||
	       (s->program && !strcmp(p->program, s->program));
}

const char *select_words(const struct select *s, struct arena *arena)
{
	struct buf text = { 0 };
	const char *copy;
	unsigned i;

	if (s->all)
		buf_puts(&text, "all programs");
	else if (s->only.count)
		buf_puts(&text, "programs called");
	else
		buf_printf(&text,
			   "programs below %s and the one started, but never shells, make and "
			   "their like, even when started directly",
			   s->directory ? s->directory : "/");
	for (i = 0; !s->all && i < s->only.count; i++)
		buf_printf(&text, "%s %s", i ? " or" : "", s->only.items[i]);
	for (i = 0; i < s->skip.count; i++)
		buf_printf(&text, "%s %s", i ? "," : " but for", s->skip.items[i]);
	copy = arena_printf(arena, "%s", buf_text(&text));
	buf_free(&text);
	return copy;
}

void select_free(struct select *s)
{
	free(s->program);
	free(s->directory);
	s->program = s->directory = NULL;
}
