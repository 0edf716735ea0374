/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of interposed symbols share.  Every exported symbol stands in preload.map as well.
 */
#ifndef SRC_HOOKS_H
#define SRC_HOOKS_H

#include "record.h"
#include "start.h"

#define EXPORT __attribute__((visibility("default"), noinline))

#endif
