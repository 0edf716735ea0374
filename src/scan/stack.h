/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the program stands when it ends: its registers and stack pointer at its call of exit, with
 * the frames of libc's exit and of the library undone.  What lies below is dead; in the frames that
 * are undone stale pointers of the program's are still to be found.  For scan.c.
 */
#ifndef SRC_SCAN_STACK_H
#define SRC_SCAN_STACK_H

#include "cfi.h"

/* At the start: libc's functions are looked up, which must not be done at the end. */
void stack_begin(void);

/* Of the calling thread.  Never fails: at worst it stops a few frames further in. */
void stack_of_program(struct cfi_state *state);

#endif
