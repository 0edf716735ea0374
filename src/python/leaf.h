/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One frame for a stack: the innermost outside the standard library.  Hook-safe.
 */
#ifndef SRC_PYTHON_LEAF_H
#define SRC_PYTHON_LEAF_H

#include "python/stack.h"

/* From the innermost frame outward; that one itself where all are the standard library's. */
uintptr_t python_leaf(struct python_thread *p, uintptr_t innermost);

/* Is this the name of a file of the standard library, and no installed package's? */
bool python_leaf_is_library(const char *file);

#endif
