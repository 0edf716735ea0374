/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "source/copies.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "source/source.h"

static bool is_of_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* What copies the argument, or what it is a method of, as it is. */
static bool is_copying(const char *name, size_t bytes)
{
	static const char *const names[] = { "copy",	"deepcopy", "bytes",	"bytearray",
					     "list",	"tuple",    "dict",	"set",
					     "sorted",	"array",    "astype",	"flatten",
					     "tobytes", "clone",    "to_numpy", NULL };
	const char *const *at;

	for (at = names; *at; at++)
		if (strlen(*at) == bytes && !strncmp(*at, name, bytes))
			return true;
	return false;
}

/* Behind a string that begins here; strings over several lines are not followed. */
static const char *skip_string(const char *at)
{
	char quote = *at++;

	while (*at && *at != quote)
		at += *at == '\\' && at[1] ? 2 : 1;
	return *at ? at + 1 : at;
}

/* Has the index that begins here a colon of its own?  list[1:], not list[x] or list[{1: 2}]. */
static bool is_slice(const char *at)
{
	int depth = 0;

	for (; *at; at++) {
		depth += strchr("[({", *at) != NULL;
		depth -= strchr("])}", *at) != NULL;
		if (!depth)
			return false;
		if (depth == 1 && *at == ':')
			return true;
		if (*at == '"' || *at == '\'')
			at = skip_string(at) - 1;
	}
	return false;
}

bool copies_in_line(const char *line)
{
	const char *at = line, *name;

	while (*at && *at != '#') {
		if (*at == '"' || *at == '\'') {
			at = skip_string(at);
			continue;
		}
		if (*at == '[' && at > line && (is_of_name(at[-1]) || strchr("])", at[-1])) &&
		    is_slice(at))
			return true;
		if (!is_of_name(*at)) {
			at++;
			continue;
		}
		for (name = at; is_of_name(*at); at++)
			;
		if (*at == '(' && is_copying(name, (size_t)(at - name)))
			return true;
	}
	return false;
}

static bool is_confirmed(const struct view *v, const struct view_advice *piece, const char *sysroot)
{
	char *line = source_line(v, sysroot, piece->frame->file, piece->frame->line);
	bool copies = line && copies_in_line(line);

	free(line);
	return copies;
}

void copies_confirm(struct view *v, const char *sysroot)
{
	size_t from, to = 0;

	for (from = 0; from < v->advice_count; from++) {
		struct view_advice *piece = &v->advice[from];

		if (!piece->in_source || is_confirmed(v, piece, sysroot))
			v->advice[to++] = *piece;
	}
	v->advice_count = to;
}
