/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A forked child begins its own recording at its first hooked call: a copy of its parent's as of
 * the fork, mapped at the same addresses, with all history struck out but the blocks it has
 * inherited. Whatever other threads of the parent were doing at the fork is finished or forgotten.
 */
#ifndef SRC_FORK_H
#define SRC_FORK_H

#include <stdbool.h>

/* False when the child is not to be recorded, or cannot be. */
bool fork_child(void);

#endif
