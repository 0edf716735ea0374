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

/* The folder of this very command. */
static int own_folder(char *path, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", path, size - 1);
	char *slash;

	if (n <= 0)
		return -ENOENT;
	path[n] = 0;
	slash = strrchr(path, '/');
	if (!slash)
		return -ENOENT;
	*slash = 0;
	return 0;
}

/* Made by the build that made this very command. */
static int find_built(char *path, size_t size)
{
	char own[PATH_MAX];

	if (own_folder(own, sizeof(own)) < 0)
		return -ENOENT;
	if ((size_t)snprintf(path, size, "%s/src/.libs/" NAME, own) >= size)
		return -ENAMETOOLONG;
	return access(path, R_OK) == 0 ? 0 : -ENOENT;
}

/* "lib/tidemark" of /usr/local/lib/tidemark beside /usr/local/bin. */
static const char *beside_bin(void)
{
	const char *slash = strrchr(BINDIR, '/');
	size_t n = slash ? (size_t)(slash - BINDIR) + 1 : 0;

	return n && !strncmp(PKGLIBDIR, BINDIR, n) ? PKGLIBDIR + n : "lib/tidemark";
}

/*
 * Installed somewhere else than was configured (make install prefix=, DESTDIR=, or moved since), it
 * lies beside the command all the same.  @path says where it would be.
 */
static int find_beside(char *path, size_t size)
{
	char own[PATH_MAX];
	char *slash;

	*path = 0;
	if (own_folder(own, sizeof(own)) < 0)
		return -ENOENT;
	slash = strrchr(own, '/');
	if (!slash)
		return -ENOENT;
	*slash = 0;
	if ((size_t)snprintf(path, size, "%s/%s/" NAME, own, beside_bin()) >= size)
		return -ENAMETOOLONG;
	if (access(path, R_OK) == 0)
		return 0;
	if ((size_t)snprintf(path, size, "%s/lib/tidemark/" NAME, own) >= size)
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
	char beside[PATH_MAX];

	if (named && *named)
		return find_named(path, size, named, e);
	if (find_built(path, size) == 0)
		return 0;
	if (find_beside(beside, sizeof(beside)) == 0 && strlen(beside) < size) {
		strcpy(path, beside);
		return 0;
	}
	snprintf(path, size, "%s/" NAME, PKGLIBDIR);
	if (access(path, R_OK) == 0)
		return 0;
	return err_set(e, -ENOENT,
		       "the library is neither at %s nor at %s; run make install, or name it in "
		       "TIDEMARK_LIBRARY",
		       *beside ? beside : "a place beside the command", path);
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
