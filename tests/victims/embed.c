/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A program that has Python as a plugin: libpython is opened with its symbols hidden from all
 * others, runs a script, and is closed again; twice.
 *
 *	embed LIBPYTHON SCRIPT-TEXT
 */
#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

static int threads(void)
{
	DIR *tasks = opendir("/proc/self/task");
	int count = -2; /* . and .. */

	while (tasks && readdir(tasks))
		count++;
	if (tasks)
		closedir(tasks);
	return count;
}

/* Python's join returns while the thread is still on its last steps through the library's code. */
static void wait_for_threads(void)
{
	for (int i = 0; i < 2000 && threads() > 1; i++)
		usleep(1000);
}

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
	wait_for_threads();
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
