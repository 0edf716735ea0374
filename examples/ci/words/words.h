/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A small library: the words of a text. */
#ifndef WORDS_H
#define WORDS_H

#include <stddef.h>

/* The words in order, NULL behind the last; NULL when memory ran out. */
char **words_split(const char *text);
size_t words_count(char **words);
void words_free(char **words);

/* How many words a text has. */
size_t words_in(const char *text);

#endif
