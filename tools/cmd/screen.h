/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The terminal, for a command that redraws it: its other screen without a cursor, single keys, and
 * all of it taken back on the way out, whatever the way.  One at a time.
 */
#ifndef TIDE_CMD_SCREEN_H
#define TIDE_CMD_SCREEN_H

#include <stddef.h>

enum screen_event { SCREEN_TIME = 0, SCREEN_RESIZED = 256, SCREEN_END };

void screen_open(void);
void screen_close(void);

/* Lines of the terminal; 24 when it does not say. */
unsigned screen_lines(void);

/* Text of whole lines in place of what was there. */
void screen_draw(const char *text);

/* A key, or one of the events: the time is up, or a signal asks for the end. */
int screen_wait(unsigned ms);

/* Ends as the signal would have it, if one has asked for the end. */
void screen_end_alike(void);

#endif
