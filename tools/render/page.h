/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The page as built from tools/html, with a mark where the data goes.  Made by the build, for
 * html.c.  Empty when the build had no way to make it.  Ended by NUL.
 */
#ifndef TIDEMARK_RENDER_PAGE_H
#define TIDEMARK_RENDER_PAGE_H

#include <stddef.h>

extern const char page_html[];
extern const size_t page_html_bytes; /* without the NUL */

#endif
