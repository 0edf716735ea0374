/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "run/elf.h"

#define SCRIPTS_MOST 4
#define LINE_BYTES   256 /* how far the kernel reads a #! line */
#define LOADER	     "ld-linux-x86-64.so.2"

static int follow(struct target *t, const char *path, int scripts, struct err *e);

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Looks for @name along PATH; false when no executable file of this name is there. */
static bool search_path(const char *name, char *found, size_t size)
{
	const char *path = getenv("PATH");
	struct stat st;

	if (!path)
		path = "/usr/local/bin:/usr/bin:/bin";
	for (;;) {
		int length = (int)strcspn(path, ":");

		snprintf(found, size, "%.*s/%s", length ? length : 1, length ? path : ".", name);
		if (access(found, X_OK) == 0 && stat(found, &st) == 0 && S_ISREG(st.st_mode))
			return true;
		if (!path[length])
			return false;
		path += length + 1;
	}
}

static int judge_file(const char *path, int fd, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return err_errno(e, -errno, "%s", path);
	if (S_ISDIR(st.st_mode))
		return err_set(e, -EISDIR, "%s is a directory; name the program in it", path);
	if (access(path, X_OK) != 0)
		return err_set(e, -EACCES, "%s is not executable; chmod +x makes it so", path);
	if (st.st_mode & (S_ISUID | S_ISGID))
		return err_set(
			e, -ENOTSUP,
			"%s is set-user-ID or set-group-ID, and the loader "
			"preloads nothing into such programs; record a copy without that bit",
			path);
	if (fgetxattr(fd, "security.capability", NULL, 0) > 0)
		return err_set(e, -ENOTSUP,
			       "%s has file capabilities, and the loader preloads "
			       "nothing into such programs; record a copy without them",
			       path);
	return 0;
}

static int judge_elf(struct target *t, const char *path, const struct elf_facts *f, struct err *e)
{
	const char *loader = last_part(f->interpreter);

	if (f->other_machine)
		return err_set(e, -ENOTSUP,
			       "%s is not a 64-bit x86-64 program; use a build for "
			       "this machine",
			       path);
	if (f->not_program)
		return err_set(e, -ENOTSUP, "%s is an ELF file but no program; link it first",
			       path);
	if (!*f->interpreter)
		return err_set(e, -ENOTSUP,
			       "%s is statically linked, so nothing can be preloaded "
			       "into it; link it dynamically (without -static)",
			       path);
	if (strncmp(loader, "ld-musl", 7) == 0)
		return err_set(e, -ENOTSUP,
			       "%s is built for the musl C library; use a build for "
			       "the GNU C library",
			       path);
	if (strcmp(loader, LOADER) != 0)
		return err_set(e, -ENOTSUP,
			       "%s wants the loader %s, not the GNU C library's; use "
			       "a build for the GNU C library",
			       path, f->interpreter);
	if (*f->sanitizer)
		return err_set(e, -ENOTSUP,
			       "%s is built with a sanitizer (%s), which has a malloc "
			       "of its own; build it without -fsanitize",
			       path, f->sanitizer);
	t->own_malloc = f->defines_malloc;
	t->no_malloc = !f->mentions_malloc;
	snprintf(t->binary, sizeof(t->binary), "%s", path);
	return 0;
}

/* Of "env -i A=1 python3 -s", given the part behind env: "python3". */
static char *env_program(char *arguments)
{
	char *save = NULL;
	char *word = strtok_r(arguments, " \t", &save);

	while (word && (*word == '-' || strchr(word, '='))) {
		bool takes_next = strcmp(word, "-u") == 0 || strcmp(word, "-C") == 0;

		word = strtok_r(NULL, " \t", &save);
		if (takes_next && word)
			word = strtok_r(NULL, " \t", &save);
	}
	return word;
}

/* @line is what follows "#!". */
static int follow_script(struct target *t, const char *script, char *line, int scripts,
			 struct err *e)
{
	char found[PATH_MAX];
	char *interpreter, *rest, *program;

	line[strcspn(line, "\n")] = 0;
	interpreter = strtok_r(line, " \t\r", &rest);
	if (!interpreter)
		return err_set(e, -ENOEXEC, "%s names no interpreter in its first line", script);
	if (scripts == SCRIPTS_MOST)
		return err_set(e, -ELOOP, "%s leads from script to script; name the program itself",
			       script);
	if (strcmp(last_part(interpreter), "env") != 0)
		return follow(t, interpreter, scripts + 1, e);
	program = env_program(rest);
	if (!program)
		return follow(t, interpreter, scripts + 1, e);
	if (strchr(program, '/'))
		return follow(t, program, scripts + 1, e);
	if (!search_path(program, found, sizeof(found)))
		return err_set(e, -ENOENT, "%s wants %s, which is not in PATH; install it", script,
			       program);
	return follow(t, found, scripts + 1, e);
}

static int judge_content(struct target *t, const char *path, int fd, int scripts, struct err *e)
{
	char line[LINE_BYTES + 1];
	struct elf_facts facts;
	ssize_t n = pread(fd, line, LINE_BYTES, 0);

	if (n < 0)
		return err_errno(e, -errno, "%s", path);
	line[n] = 0;
	if (n >= 2 && line[0] == '#' && line[1] == '!')
		return follow_script(t, path, line + 2, scripts, e);
	if (elf_read(fd, &facts) == 0)
		return judge_elf(t, path, &facts, e);
	/* execvp() hands a text without #! to the shell, as shells do. */
	if (n > 0 && !memchr(line, 0, (size_t)n) && scripts < SCRIPTS_MOST)
		return follow(t, "/bin/sh", scripts + 1, e);
	return err_set(e, -ENOEXEC, "%s is neither an ELF program nor a script", path);
}

static int follow(struct target *t, const char *path, int scripts, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int ret;

	if (fd < 0 && errno == ENOENT)
		return err_set(e, -ENOENT, "%s does not exist; check the path", path);
	if (fd < 0 && errno == EACCES)
		return err_set(e, -EACCES,
			       "%s cannot be read, so nobody can tell whether it can "
			       "be recorded; chmod +r, or try as its owner",
			       path);
	if (fd < 0)
		return err_errno(e, -errno, "%s", path);
	ret = judge_file(path, fd, e);
	if (ret == 0)
		ret = judge_content(t, path, fd, scripts, e);
	close(fd);
	return ret;
}

int target_inspect(struct target *t, const char *path, struct err *e)
{
	memset(t, 0, sizeof(*t));
	snprintf(t->path, sizeof(t->path), "%s", path);
	return follow(t, path, 0, e);
}

int target_find(struct target *t, const char *name, struct err *e)
{
	char found[PATH_MAX];

	if (!*name)
		return err_set(e, -ENOENT, "the name of the program is empty");
	if (strchr(name, '/'))
		return target_inspect(t, name, e);
	if (search_path(name, found, sizeof(found)))
		return target_inspect(t, found, e);
	if (access(name, X_OK) == 0)
		return err_set(e, -ENOENT,
			       "%s is not in PATH; for the one in this directory type "
			       "./%s",
			       name, name);
	return err_set(e, -ENOENT, "%s is not in PATH; install it or give its path", name);
}
