/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From the record of a stack of machine code to the one of that stack together with Python's
 * frames.  Machine code down to the first function that runs bytecode, then Python; or, merged,
 * each such function replaced by the Python frames that it runs.
 *
 * Hook-safe; called by capture.h for every event once Python is on.
 */
#ifndef SRC_PYTHON_JOIN_H
#define SRC_PYTHON_JOIN_H

#include "python/stack.h"

/* `record` itself where there is no Python frame; NULL stays NULL. */
struct tide_record *python_join(struct thread *t, struct tide_record *record);

#endif
