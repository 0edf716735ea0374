/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Suppressions that a program brings along: what its __lsan_default_suppressions() returns, as far
 * as that can be read from its file.  For gate.c.  What cannot be becomes a note.
 */
#ifndef TIDE_CMD_CHECK_COMPILED_H
#define TIDE_CMD_CHECK_COMPILED_H

#include "cmd/check/gate.h"

/* Once for each program. */
void compiled_heed(struct gate *g, const struct model *m);

#endif
