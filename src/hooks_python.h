/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What python/objects.h puts above the interpreter's allocators.
 */
#ifndef SRC_HOOKS_PYTHON_H
#define SRC_HOOKS_PYTHON_H

#include "python/objects.h"

extern const struct python_layer hooks_python;

#endif
