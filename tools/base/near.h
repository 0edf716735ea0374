/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a mistyped word was meant to be.  Used for commands, options and their choices. */
#ifndef TIDE_BASE_NEAR_H
#define TIDE_BASE_NEAR_H

/*
 * How many letters must be put in, taken out or changed, or swapped with their neighbour, to make
 * @b of @a; a very long word is as far as can be from any other.
 */
unsigned int near_distance(const char *a, const char *b);

/* Whether @b may well be meant by somebody who typed @a. */
int near_enough(const char *a, const char *b);

#endif
