/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "words.h"

int main(void)
{
	char **words = words_split("  one two ");
	int ok = words && words_count(words) == 2 && !strcmp(words[1], "two");

	words_free(words);
	return ok ? 0 : 1;
}
