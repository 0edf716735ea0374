/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How often the kernel's OOM killer has struck: in this control group, and on this machine.  Asked
 * before and after a run by cmd/run.c.  Nothing here fails; what cannot be read is 0.
 */
#ifndef TIDE_RUN_OOM_H
#define TIDE_RUN_OOM_H

#include <stdint.h>

struct oom {
	uint64_t group_kills;
	uint64_t machine_kills;
};

struct oom oom_read(void);

#endif
