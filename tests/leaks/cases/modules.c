/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Libraries loaded while the program runs, and unloaded again.
 */
#include "../leak.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>

static void *library;
typedef void (*keep_fn)(void *block);
typedef void (*act_fn)(void);

/* module.so lies beside the program. */
static const char *module_path(void)
{
	static char path[PATH_MAX];
	ssize_t bytes = readlink("/proc/self/exe", path, sizeof(path) - 20);

	must(bytes > 0, "readlink");
	while (bytes && path[bytes - 1] != '/')
		bytes--;
	strcpy(path + bytes, "module.so");
	return path;
}

static void load(void)
{
	library = dlopen(module_path(), RTLD_NOW);
	must(library != NULL, "dlopen");
}

static void unload(void)
{
	must(dlclose(library) == 0, "dlclose");
	library = NULL;
	must(dlopen(module_path(), RTLD_NOW | RTLD_NOLOAD) == NULL, "unloading");
}

static void *find(const char *name)
{
	void *symbol = dlsym(library, name);

	must(symbol != NULL, name);
	return symbol;
}

static void keep(const char *where, void *block)
{
	keep_fn function = (keep_fn)(uintptr_t)find(where);

	function(block);
}

static void act(const char *what)
{
	act_fn function = (act_fn)(uintptr_t)find(what);

	function();
}

CASE(loaded_global, "reachable_a 1 24", "a loaded library's variable")
{
	load();
	keep("module_global", NODE(reachable_a));
}

CASE(loaded_bss, "reachable_a 1 24", "the end of a loaded library's zeros")
{
	load();
	keep("module_bss", NODE(reachable_a));
}

CASE(loaded_tls, "reachable_a 1 24", "a loaded library's thread-local variable")
{
	load();
	keep("module_tls", NODE(reachable_a));
}

static void keep_in_tls(void)
{
	keep("module_tls", NODE(reachable_a));
	scrub();
	settle();
}

CASE(loaded_tls_sleeper, "reachable_a 1 24", "the same, a sleeping thread's")
{
	load();
	sleeper(keep_in_tls);
}

APART static void *any_a(size_t bytes)
{
	return calloc(1, bytes);
}

static void leave_in_tls(void)
{
	keep("module_tls", NODE(any_a));
}

CASE(loaded_tls_ended, "any_a 1 24", "the same, of a thread that is gone: the loader may keep it")
{
	load();
	visitor(leave_in_tls);
}

CASE(loaded_code, "definite_inside 1 24, reachable_inside 1 24",
     "a loaded library loses one and keeps one; the one it "
     "keeps from its start it frees at its end")
{
	load();
	act("module_lose");
	act("module_keep");
}

CASE(closed_global, "definite_a 1 24", "a variable of a library that is unloaded")
{
	load();
	keep("module_global", NODE(definite_a));
	unload();
}

CASE(closed_tls, "any_a 1 24",
     "a thread-local variable of a library that is unloaded: the loader may keep it")
{
	load();
	keep("module_tls", NODE(any_a));
	unload();
}

CASE(closed_code, "definite_inside 1 24", "a library lost it and is unloaded: who was it?")
{
	load();
	act("module_lose");
	unload();
}

CASE(loaded_again, "definite_a 1 24, reachable_b 1 24", "unloaded and loaded again")
{
	load();
	keep("module_global", NODE(definite_a));
	unload();
	load();
	keep("module_global", NODE(reachable_b));
}

CASE(loaded_often, "reachable_a 1 24", "loaded and unloaded a hundred times")
{
	for (int i = 0; i < 100; i++) {
		load();
		keep("module_tls", "");
		unload();
	}
	load();
	keep("module_global", NODE(reachable_a));
}

CASE(other_namespace, "reachable_a 1 24", "a library in a namespace of its own")
{
	library = dlmopen(LM_ID_NEWLM, module_path(), RTLD_NOW);
	wanted(library != NULL, "dlmopen");
	keep("module_bss", NODE(reachable_a));
}
