/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names in text that other programs parse.  For the formats.  What comes out is UTF-8 in one line:
 * control characters are written as in C ("\n"), bytes that are no UTF-8 as U+FFFD, and those that
 * the format cannot bear as another character.
 */
#ifndef TIDEMARK_EXPORT_NAME_H
#define TIDEMARK_EXPORT_NAME_H

#include "base/buf.h"
#include "view.h"

#define NAME_NO_STACK "(no stack)" /* of sites whose stack found no place in the recording */

/* Adds the text; `from` and `to` are characters to be replaced and what by, of one length. */
void name_add(struct buf *b, const char *text, const char *from, const char *to);

/* Adds what a frame is called: its function, else module+0xOFFSET, else 0xADDRESS. */
void name_frame(struct buf *b, const struct view_frame *f, const char *from, const char *to);

/* The address of a call lies before its return address; Python has none. */
uint64_t name_address(const struct view_frame *f);

/* Adds the command line with a space between the words. */
void name_command(struct buf *b, const struct view_facts *f, const char *from, const char *to);

#endif
