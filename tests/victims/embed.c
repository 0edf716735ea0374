/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A program that has Python as a plugin: libpython is opened with its symbols hidden from all
 * others, runs a script, and is closed again; twice.
 *
 *	embed LIBPYTHON SCRIPT-TEXT
 */
#include <dlfcn.h>
#include <stdio.h>

static int run(const char *path, const char *text)
{
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	void (*begin)(int);
	int (*script)(const char *);
	int (*finish)(void);
	int result;

	if (!library) {
		fprintf(stderr, "%s\n", dlerror());
		return 2;
	}
	begin = (void (*)(int))dlsym(library, "Py_InitializeEx");
	script = (int (*)(const char *))dlsym(library, "PyRun_SimpleString");
	finish = (int (*)(void))dlsym(library, "Py_FinalizeEx");
	if (!begin || !script || !finish)
		return 2;
	begin(0);
	result = script(text);
	finish();
	dlclose(library);
	return result ? 1 : 0;
}

int main(int argc, char **argv)
{
	int result;

	if (argc != 3)
		return 2;
	result = run(argv[1], argv[2]);
	return result ? result : run(argv[1], argv[2]);
}
