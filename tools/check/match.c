/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check/match.h"

#include <stddef.h>
#include <string.h>

/* Where the last '*' stands decides where to go on: no recursion, no quadratic surprise. */
bool match_glob(const char *pattern, const char *text)
{
	const char *star = NULL, *resume = NULL;

	while (*text) {
		if (*pattern == '*') {
			star = pattern++;
			resume = text;
		} else if (*pattern == '?' || *pattern == *text) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star + 1;
			text = ++resume;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

static const char *find(const char *text, const char *piece, size_t bytes)
{
	return memmem(text, strlen(text), piece, bytes);
}

bool match_template(const char *pattern, const char *text)
{
	bool tied = *pattern == '^';
	const char *at = text;
	size_t bytes, left;

	if (!*text)
		return false;
	for (pattern += tied; *pattern; pattern += bytes, tied = false) {
		if (*pattern == '*') {
			bytes = 1;
			while (pattern[bytes] == '*')
				bytes++;
			/* Whatever follows may stand anywhere. */
			pattern += bytes;
			tied = false;
		}
		bytes = strcspn(pattern, "*");
		left = strlen(at);
		if (!pattern[bytes] && bytes && pattern[bytes - 1] == '$') {
			bytes--;
			if (bytes > left || memcmp(at + left - bytes, pattern, bytes))
				return false;
			return !tied || bytes == left;
		}
		if (tied && strncmp(at, pattern, bytes))
			return false;
		at = tied ? at : find(at, pattern, bytes);
		if (!at)
			return false;
		at += bytes;
	}
	return true;
}
