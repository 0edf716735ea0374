/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Stands before the recording library and makes looking up a symbol allocate, as some libraries
 * and loaders do: LD_PRELOAD="libslow_dlsym.so libtidemark.so"
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>

void *dlsym(void *handle, const char *name)
{
	static void *(*next)(void *, const char *);
	static int inside;
	void *block;

	if (!next)
		*(void **)&next = dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.2.5");
	if (!inside) {
		inside = 1;
		block = calloc(7, 11);
		block = realloc(block, 3000);
		free(block);
		inside = 0;
	}
	/* a jump, so that RTLD_NEXT still means next after the caller */
	return next(handle, name);
}
