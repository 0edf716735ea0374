/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/brief.h"

#include <ctype.h>
#include <string.h>

/* Template arguments longer than this become "<...>". */
#define ARGUMENTS_MOST 24

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '$';
}

/* The length of "operator<<", "operator()", "operator new" …, 0 when none begins here. */
static size_t operator_bytes(const char *start, const char *at)
{
	size_t bytes = strlen("operator");

	if (strncmp(at, "operator", bytes) || is_word(at[bytes]) || (at > start && is_word(at[-1])))
		return 0;
	if (!strncmp(at + bytes, "()", 2))
		return bytes + 2;
	if (at[bytes] != ' ')
		return bytes + strspn(at + bytes, "<>=!+-*/%^&|~,[]");
	return bytes + strcspn(at + bytes, "(");
}

/* The length of a bracketed part, brackets included; all the rest when it does not close. */
static size_t bracket_bytes(const char *at)
{
	size_t bytes, depth = 0;

	for (bytes = 0; at[bytes]; bytes++) {
		if (strchr("<([{", at[bytes]))
			depth++;
		else if (strchr(")]}", at[bytes]) || (at[bytes] == '>' && at[bytes - 1] != '-'))
			depth--;
		if (!depth)
			return bytes + 1;
	}
	return bytes;
}

/* Parameters end the name, unless something is defined inside the function. */
static const char *after_parameters(const char *at)
{
	at += bracket_bytes(at);
	if (!strncmp(at, " const", 6))
		at += 6;
	return strncmp(at, "::", 2) ? NULL : at;
}

static const char *take_bracket(const char *start, const char *at, struct buf *out)
{
	size_t bytes = bracket_bytes(at);

	if (*at == '(' && strncmp(at, "(anonymous", 10))
		return after_parameters(at);
	/* "<T as Trait>::f": in front of a Rust name the bracket is the name. */
	if (*at == '<' && at > start && bytes > ARGUMENTS_MOST)
		buf_puts(out, "<...>");
	else
		buf_add(out, at, bytes);
	return at + bytes;
}

const char *brief_name(const char *function, struct buf *out)
{
	const char *at = function;
	size_t bytes;

	buf_reset(out);
	while (at && *at) {
		bytes = operator_bytes(function, at);
		if (bytes) {
			buf_add(out, at, bytes);
			at += bytes;
			/* "operator<< <char>" is one name. */
			at += *at == ' ' && at[1] == '<';
		} else if (*at == '<' || *at == '(' || *at == '{') {
			at = take_bracket(function, at, out);
		} else if (*at == ' ' && at[1] != '[' && !strchr(out->data ? out->data : "", '[')) {
			/* What came so far was the return type. */
			buf_reset(out);
			at++;
		} else {
			buf_add(out, at++, 1);
		}
	}
	return out->bytes ? out->data : function;
}
