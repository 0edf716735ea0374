/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Loads libraries and lets them allocate.  usage: plugins MODE DIRECTORY
 *   swap       two libraries by turns, each loaded where the other was
 *   deepbind   one that looks names up in itself first
 *   dlmopen    one in a namespace of its own
 * Prints what each library allocated: plugin_inner_X calls bytes
 */
#define _GNU_SOURCE
#include "victim.h"

#include <dlfcn.h>
#include <link.h>

static long calls[2], bytes[2];
static void *kept[10000];
static int count;

static void *load(const char *directory, int which, int mode)
{
	char path[4096];
	void *handle;

	snprintf(path, sizeof(path), "%s/libplugin-%c.so", directory, "ab"[which]);
	handle = mode < 0 ? dlmopen(LM_ID_NEWLM, path, RTLD_NOW) : dlopen(path, RTLD_NOW | mode);
	need(handle != NULL, "a library loaded");
	return handle;
}

APART static uintptr_t use(void *handle, int which, int times)
{
	void *(*enter)(size_t);
	struct link_map *map;

	*(void **)&enter = dlsym(handle, "plugin_enter");
	need(enter != NULL, "plugin_enter");
	for (int i = 0; i < times; i++) {
		size_t size = 10 + (size_t)i + 100 * (size_t)which;

		kept[count++] = enter(size);
		calls[which]++;
		bytes[which] += (long)size;
	}
	need(!dlinfo(handle, RTLD_DI_LINKMAP, &map), "dlinfo");
	return map->l_addr;
}

/* Prints how often the second library stood where the first had been. */
static void swap(const char *directory)
{
	uintptr_t before = 0;
	int same = 0;

	for (int i = 0; i < 100; i++) {
		void *handle = load(directory, i % 2, 0);
		uintptr_t at = use(handle, i % 2, 20);

		same += at == before;
		before = at;
		need(!dlclose(handle), "dlclose");
	}
	say("same_address=%d\n", same);
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	if (!strcmp(argv[1], "swap"))
		swap(argv[2]);
	else if (!strcmp(argv[1], "deepbind"))
		use(load(argv[2], 0, RTLD_DEEPBIND), 0, 100);
	else
		use(load(argv[2], 0, -1), 0, 100);
	/* a block from another namespace's malloc is not ours to free */
	for (int i = 0; i < count && strcmp(argv[1], "dlmopen"); i += 2)
		free(kept[i]);
	say("plugin_inner_a %ld %ld\n", calls[0], bytes[0]);
	if (calls[1])
		say("plugin_inner_b %ld %ld\n", calls[1], bytes[1]);
	return 0;
}
