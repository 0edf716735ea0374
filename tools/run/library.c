/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/library.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME "libtidemark.so"

/* The library made by the build that made this very command. */
static int find_built(char *path, size_t size)
{
	char own[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", own, sizeof(own) - 1);
	char *slash;

	if (n <= 0)
		return -ENOENT;
	own[n] = 0;
	slash = strrchr(own, '/');
	if (!slash)
		return -ENOENT;
	*slash = 0;
	if ((size_t)snprintf(path, size, "%s/src/.libs/" NAME, own) >= size)
		return -ENAMETOOLONG;
	return access(path, R_OK) == 0 ? 0 : -ENOENT;
}

static int find_named(char *path, size_t size, const char *name, struct err *e)
{
	char *full = realpath(name, NULL);

	if (!full || access(full, R_OK) != 0 || strlen(full) >= size) {
		free(full);
		return err_set(e, -ENOENT,
			       "TIDEMARK_LIBRARY is %s, which cannot be read; unset it "
			       "or name " NAME,
			       name);
	}
	strcpy(path, full);
	free(full);
	return 0;
}

int library_find(char *path, size_t size, struct err *e)
{
	const char *named = getenv("TIDEMARK_LIBRARY");

	if (named && *named)
		return find_named(path, size, named, e);
	if (find_built(path, size) == 0)
		return 0;
	snprintf(path, size, "%s/" NAME, PKGLIBDIR);
	if (access(path, R_OK) == 0)
		return 0;
	return err_set(e, -ENOENT,
		       "%s is not there; run make install, or name the library in "
		       "TIDEMARK_LIBRARY",
		       path);
}

int library_preload(char *value, size_t size, const char *library, struct err *e)
{
	const char *others = getenv("LD_PRELOAD");
	bool some = others && *others;

	if (strpbrk(library, " :"))
		return err_set(e, -EINVAL,
			       "the loader cannot preload %s because of the space or "
			       "colon in its path; move it",
			       library);
	if ((size_t)snprintf(value, size, "%s%s%s", library, some ? ":" : "", some ? others : "") >=
	    size)
		return err_set(e, -ENAMETOOLONG, "LD_PRELOAD is too long; shorten it");
	return 0;
}

int library_check_unwind(struct err *e)
{
	void *handle = dlopen("libunwind.so.8", RTLD_LAZY | RTLD_LOCAL);

	if (!handle)
		return err_set(e, -ENOENT,
			       "--verify compares with libunwind, which is missing; on "
			       "Debian: apt install libunwind8");
	dlclose(handle);
	return 0;
}
