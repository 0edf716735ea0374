/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of interposed symbols share.  Every exported symbol stands in preload.map as well.
 */
#ifndef SRC_HOOKS_H
#define SRC_HOOKS_H

#include <errno.h>

#include "record.h"
#include "start.h"

#define EXPORT __attribute__((visibility("default"), noinline))

/* What sys_call gave, as libc gives it: -1, which is MAP_FAILED too, and errno. */
static inline bool hooks_failed(long result)
{
	return result < 0 && result >= -4095;
}

static inline long hooks_result(long result)
{
	if (!hooks_failed(result))
		return result;
	errno = (int)-result;
	return -1;
}

#endif
