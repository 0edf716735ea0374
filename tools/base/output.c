/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_BYTES 131072

/* A stream forgets why a write failed; this does not. */
static ssize_t write_all(void *cookie, const char *data, size_t bytes)
{
	struct output *o = cookie;
	size_t done = 0;
	ssize_t n;

	while (done < bytes) {
		n = write(o->fd, data + done, bytes - done);
		if (n >= 0) {
			done += (size_t)n;
		} else if (errno != EINTR) {
			o->error = o->error ? o->error : errno;
			return 0;
		}
	}
	return (ssize_t)done;
}

static int open_stream(struct output *o, int fd)
{
	const cookie_io_functions_t io = { .write = write_all };

	o->fd = fd;
	o->stream = fopencookie(o, "w", io);
	if (!o->stream)
		return -ENOMEM;
	setvbuf(o->stream, NULL, _IOFBF, BUFFER_BYTES);
	return 0;
}

static char *directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return strdup(".");
	return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

/* A file without a name, where the file system can; a killed command leaves nothing behind. */
static int open_nameless(const char *path)
{
	char *directory = directory_of(path);
	int fd = directory ? open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600) : -1;

	free(directory);
	return fd;
}

static int make_temporary(struct output *o)
{
	if (asprintf(&o->temporary, "%s.XXXXXX", o->path) >= 0)
		return 0;
	o->temporary = NULL;
	return -ENOMEM;
}

static int open_beside(struct output *o)
{
	int fd = open_nameless(o->path), err;

	if (fd < 0) {
		err = make_temporary(o);
		if (err)
			return err;
		fd = mkostemp(o->temporary, O_CLOEXEC);
		err = -errno;
		if (fd < 0) {
			free(o->temporary);
			o->temporary = NULL;
			return err;
		}
	}
	return open_stream(o, fd);
}

static mode_t usual_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

static int open_file(struct output *o, const char *name)
{
	struct stat old;
	int fd;

	if (stat(name, &old)) {
		if (errno != ENOENT)
			return -errno;
		o->mode = usual_mode();
		o->path = strdup(name);
	} else if (S_ISREG(old.st_mode)) {
		if (access(name, W_OK))
			return -errno;
		o->mode = old.st_mode & 07777;
		o->path = realpath(name, NULL);
	} else {
		fd = open(name, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOCTTY);
		return fd < 0 ? -errno : open_stream(o, fd);
	}
	return o->path ? open_beside(o) : -ENOMEM;
}

int output_open(struct output *o, const char *name, struct err *e)
{
	int err = 0;

	*o = (struct output){ .name = name, .fd = -1 };
	if (strcmp(name, "-")) {
		err = open_file(o, name);
	} else {
		o->name = "standard output";
		fflush(stdout);
		err = open_stream(o, STDOUT_FILENO);
	}
	if (!err)
		return 0;
	err_set(e, err,
		"%s: cannot be written: %s; name a file in a directory that exists and is yours",
		name, strerror(-err));
	output_discard(o);
	return err;
}

/* There is no way to give a nameless file a name that is taken: first another, then rename(). */
static int name_it(struct output *o)
{
	char from[40];
	int err, tries;

	if (o->temporary)
		return 0;
	snprintf(from, sizeof(from), "/proc/self/fd/%d", o->fd);
	for (tries = 0; tries < 100; tries++) {
		free(o->temporary);
		if (asprintf(&o->temporary, "%s.%d.%d", o->path, (int)getpid(), tries) < 0) {
			o->temporary = NULL;
			return -ENOMEM;
		}
		if (!linkat(AT_FDCWD, from, AT_FDCWD, o->temporary, AT_SYMLINK_FOLLOW))
			return 0;
		err = -errno;
		if (err != -EEXIST)
			break;
	}
	free(o->temporary);
	o->temporary = NULL;
	return err;
}

static int put_in_place(struct output *o)
{
	int err;

	if (fchmod(o->fd, o->mode))
		return -errno;
	err = name_it(o);
	if (!err && rename(o->temporary, o->path))
		err = -errno;
	if (err)
		return err;
	free(o->temporary);
	o->temporary = NULL;
	return 0;
}

int output_commit(struct output *o, struct err *e)
{
	int err = 0;

	if (fflush(o->stream) || ferror(o->stream))
		err = o->error ? -o->error : -EIO;
	if (!err && o->path)
		err = put_in_place(o);
	if (err)
		err_set(e, err, "%s: %s%s", o->name, strerror(-err),
			o->path ? "; nothing was written there" : "");
	output_discard(o);
	return err;
}

void output_discard(struct output *o)
{
	if (o->temporary)
		unlink(o->temporary);
	if (o->stream)
		fclose(o->stream);
	if (o->fd > STDERR_FILENO)
		close(o->fd);
	free(o->temporary);
	free(o->path);
	*o = (struct output){ .fd = -1 };
}
