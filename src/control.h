/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How much is recorded just now, and what the command asks for from outside.
 *
 * One word in the recording says both (enum tide_control); it is 0 while everything is recorded and
 * nothing is asked for, so that a hook pays one comparison.  Requests are served at the program's
 * next hooked call, by whichever thread comes first.  While recording is off, frees of known blocks
 * are still seen: the books stay right for what is in them.
 *
 * Hook-safe.
 */
#ifndef SRC_CONTROL_H
#define SRC_CONTROL_H

#include "profile.h"

static inline uint32_t control_word(void)
{
	return __atomic_load_n(&profile_pulse()->control, __ATOMIC_RELAXED);
}

/* At the beginning of a recording, by config; in a forked child as the parent had it. */
void control_begin(void);
void control_after_fork(uint32_t parent_word);

/* Serve what is asked for; the word without the requests. */
uint32_t control_serve(void);

/* For an allocation while recording is off: has its time come? */
bool control_still_off(void);

#endif
