/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "naming.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "sys.h"

/*
 * One process may leave several recordings (exec keeps the pid): program.pid.tide,
 * program.pid.2.tide
 */
#define NAMES_TRIED 1000u
#define SUFFIX	    ".tide"

void naming_program(char *name, size_t size)
{
	char exe[4096];
	struct sys_text text = { name, 0, size };
	long n = sys_call(SYS_readlink, (long)"/proc/self/exe", (long)exe, sizeof(exe) - 1, 0, 0,
			  0);
	long base = 0;

	if (n <= 0) {
		sys_put(&text, "program");
		return;
	}
	exe[n] = 0;
	for (long i = 0; i < n; i++)
		if (exe[i] == '/')
			base = i + 1;
	sys_put(&text, exe + base);
}

static void put_host(struct sys_text *text)
{
	struct utsname name;

	if (sys_call(SYS_uname, (long)&name, 0, 0, 0, 0, 0) == 0)
		sys_put(text, name.nodename);
}

static void put_piece(struct sys_text *text, char what, int pid)
{
	char program[256];
	char other[3] = { '%', what, 0 };

	switch (what) {
	case 'p':
		sys_put_number(text, (uint64_t)pid);
		break;
	case 'h':
		put_host(text);
		break;
	case 'n':
		naming_program(program, sizeof(program));
		sys_put(text, program);
		break;
	case '%':
		sys_put(text, "%");
		break;
	default:
		sys_put(text, other);
	}
}

static void fill_in(struct sys_text *text, const char *pattern, int pid)
{
	for (; *pattern; pattern++) {
		char one[2] = { *pattern, 0 };

		if (*pattern == '%' && pattern[1])
			put_piece(text, *++pattern, pid);
		else
			sys_put(text, one);
	}
}

static bool ends_with_suffix(const struct sys_text *text)
{
	size_t n = sizeof(SUFFIX) - 1;

	return text->used >= n && sys_same(text->at + text->used - n, SUFFIX);
}

static void number_name(struct sys_text *text, size_t stem, bool suffix, unsigned attempt)
{
	text->used = stem;
	text->at[stem] = 0;
	sys_put(text, ".");
	sys_put_number(text, attempt);
	if (suffix)
		sys_put(text, SUFFIX);
}

int naming_create(char *path, size_t size, const char *pattern, int pid)
{
	struct sys_text text = { path, 0, size };
	int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	bool suffix;
	size_t stem;
	int fd;

	path[0] = 0;
	fill_in(&text, pattern, pid);
	suffix = ends_with_suffix(&text);
	stem = text.used - (suffix ? sizeof(SUFFIX) - 1 : 0);
	fd = sys_open(path, flags, 0600);
	for (unsigned i = 2; fd == -EEXIST && i < NAMES_TRIED; i++) {
		number_name(&text, stem, suffix, i);
		fd = sys_open(path, flags, 0600);
	}
	return fd;
}

int naming_reopen(const char *path, uint64_t dev, uint64_t ino)
{
	struct stat st;
	int fd = sys_open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0);

	if (fd < 0)
		return fd;
	if (sys_call(SYS_fstat, fd, (long)&st, 0, 0, 0, 0) == 0 && st.st_dev == dev &&
	    st.st_ino == ino)
		return fd;
	sys_close(fd);
	return -ESTALE;
}

void naming_remove(const char *path)
{
	sys_call(SYS_unlink, (long)path, 0, 0, 0, 0, 0);
}
