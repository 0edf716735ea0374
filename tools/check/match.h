/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The two kinds of patterns that suppression files are made of.  For suppress.c and limits.c.
 * Nothing here fails.
 */
#ifndef TIDEMARK_CHECK_MATCH_H
#define TIDEMARK_CHECK_MATCH_H

#include <stdbool.h>

/* Valgrind's: '*' is any run of characters, '?' any one; the whole text must fit. */
bool match_glob(const char *pattern, const char *text);

/*
 * LeakSanitizer's: found anywhere in the text; '*' is any run of characters, '^' at the start and
 * '$' at the end tie it down.  An empty text never fits.
 */
bool match_template(const char *pattern, const char *text);

#endif
