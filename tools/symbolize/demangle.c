/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "symbolize/demangle.h"

#include <stddef.h>
#include <string.h>

#include <libiberty/demangle.h>

char *demangle(const char *name)
{
	if (strncmp(name, "_Z", 2) && strncmp(name, "_R", 2) && strncmp(name, "__Z", 3))
		return NULL;
	return cplus_demangle(name, DMGL_PARAMS | DMGL_ANSI | DMGL_AUTO);
}
