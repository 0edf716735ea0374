/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which bytes are UTF-8.  For whoever writes names that came from a program: those may be anything.
 */
#ifndef TIDEMARK_BASE_UTF8_H
#define TIDEMARK_BASE_UTF8_H

#include <stddef.h>

#define UTF8_REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* Bytes of the well-formed sequence at `at`, 0 when there is none; stops at a NUL. */
size_t utf8_sequence(const unsigned char *at);

#endif
