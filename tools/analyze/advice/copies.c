/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "analyze/advice/copies.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

/* Words of a name: image_copy and ImageCopy have one; copyright has not. */
static const char *const words[] = { "copy", "dup", "duplicate", "deepcopy", "newcopy", NULL };

static const char *const sure_words[] = { "clone",    "strdup",	 "strndup", "memdup", "xstrdup",
					  "xstrndup", "xmemdup", "wcsdup",  NULL };

/* Whole names that have none of the words. */
static const char *const names[] = { "PyArray_Flatten",
				     "PyArray_NewCopy",
				     "PyArray_ToString",
				     "PyList_GetSlice",
				     "PyTuple_GetSlice",
				     "PyBytes_FromObject",
				     "array_astype",
				     "array_flatten",
				     "array_tobytes",
				     "list_slice",
				     "to_vec",
				     "to_owned",
				     "_M_assign",
				     "_M_construct<char*>",
				     "_M_construct<char const*>",
				     NULL };

/* Of Python's functions; machine code that they call is seen by its own name. */
static const char *const python_names[] = { "copy",	    "__copy__",	      "deepcopy",
					    "__deepcopy__", "_deepcopy_list", "clone",
					    "astype",	    "tobytes",	      NULL };

static bool is_listed(const char *const *list, const char *name, size_t bytes)
{
	for (; *list; list++)
		if (strlen(*list) == bytes && !strncasecmp(*list, name, bytes))
			return true;
	return false;
}

/* A word ends where a capital follows a small letter, and at anything that is no letter. */
static size_t word_bytes(const char *at, const char *end)
{
	const char *to = at;

	while (to < end && isalpha((unsigned char)*to) &&
	       (to == at || !isupper((unsigned char)*to) || isupper((unsigned char)to[-1])))
		to++;
	return (size_t)(to - at);
}

static bool has_word(const char *const *list, const char *name, const char *end)
{
	while (name < end) {
		size_t bytes = word_bytes(name, end);

		if (bytes && is_listed(list, name, bytes))
			return true;
		name += bytes ? bytes : 1;
	}
	return false;
}

/* Where the last part of a qualified name begins; what stands in <> and () is no part of it. */
static const char *last_part(const char *name, const char **end)
{
	const char *from = name, *at;
	int depth = 0;

	for (at = name; *at && !(*at == '(' && !depth && at > from); at++) {
		depth += (*at == '<') - (*at == '>' && at > name && at[-1] != '-');
		if (!depth && (*at == ':' || *at == '.' || *at == ' '))
			from = at + 1;
	}
	*end = at;
	return from;
}

/* X::X(X const&) and X::operator=(X const&) */
static bool takes_its_own(const char *function, const char *part, const char *parameters)
{
	size_t class_bytes = part >= function + 2 ? (size_t)(part - 2 - function) : 0;
	const char *class_end = function + class_bytes, *own = class_end;

	if (!class_bytes || *parameters != '(' || strncmp(parameters + 1, function, class_bytes) ||
	    strncmp(parameters + 1 + class_bytes, " const&)", 8))
		return false;
	if (!strncmp(part, "operator=", 9))
		return true;
	while (own > function && own[-1] != ':' && own[-1] != ' ')
		own--;
	/* Of a template the constructor has the plain name. */
	return !strncmp(own, part, (size_t)(parameters - part)) || strchr(function, '<') < part;
}

enum copies copies_kind(const struct view_frame *frame)
{
	const char *function = frame->function, *part, *end;

	if (!function)
		return COPIES_NOT;
	part = last_part(function, &end);
	if (frame->python)
		return is_listed(python_names, part, (size_t)(end - part)) ? COPIES_SURELY
									   : COPIES_NOT;
	if (is_listed(names, part, (size_t)(end - part)) || has_word(sure_words, part, end) ||
	    takes_its_own(function, part, end))
		return COPIES_SURELY;
	return has_word(words, part, end) ? COPIES_BY_NAME : COPIES_NOT;
}
