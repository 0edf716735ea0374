/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names of the variables that hold blocks, for symbolize.c.  From symbol tables alone; of files
 * with the build-id that was recorded.  What has no name stays a number.  Errors: -ENOMEM.
 */
#ifndef TIDEMARK_SYMBOLIZE_DATA_H
#define TIDEMARK_SYMBOLIZE_DATA_H

#include "reader/model.h"
#include "reader/names.h"

int data_names(const struct model *m, const char *sysroot, const char *debug_directories,
	       struct names *names);

#endif
