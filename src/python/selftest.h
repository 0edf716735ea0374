/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Does this interpreter keep its frames where the layout says?  Judged on the live stacks of the
 * first captures: every word is asked of the kernel before it is read, every object must be of the
 * type expected, names must be text, positions must lie in their code.  Hook-safe.
 */
#ifndef SRC_PYTHON_SELFTEST_H
#define SRC_PYTHON_SELFTEST_H

#include "python/python.h"

/*
 * With python.state = TIDE_PYTHON_FOUND: true once enough frames have fitted, and the state is
 * TIDE_PYTHON_ON.  The first that does not fit makes it TIDE_PYTHON_MISFIT for good.
 */
bool python_selftest(uintptr_t thread_state);

#endif
