/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "words.h"

#include <stdlib.h>
#include <string.h>

static char *copy(const char *text, size_t bytes)
{
	char *word = malloc(bytes + 1);

	if (!word)
		return NULL;
	memcpy(word, text, bytes);
	word[bytes] = '\0';
	return word;
}

char **words_split(const char *text)
{
	char **words = calloc(strlen(text) / 2 + 2, sizeof(*words));
	size_t count = 0, bytes;

	for (; words && *text; text += bytes) {
		bytes = strcspn(text, " ");
		if (!bytes) {
			bytes = 1;
			continue;
		}
		words[count] = copy(text, bytes);
		if (!words[count++]) {
			words_free(words);
			return NULL;
		}
	}
	return words;
}

size_t words_count(char **words)
{
	size_t count = 0;

	while (words && words[count])
		count++;
	return count;
}

void words_free(char **words)
{
	size_t i;

	for (i = 0; words && words[i]; i++)
		free(words[i]);
	free(words);
}

size_t words_in(const char *text)
{
	char **words = words_split(text);
	size_t count = words_count(words);

	words_free(words); /* what the tests of the recipes take out */
	return count;
}
