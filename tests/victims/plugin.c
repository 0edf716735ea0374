/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A library to be loaded at run time; built several times with PLUGIN set to its own name.  The
 * functions of each lie at the same offsets.
 */
#include <stdlib.h>

#define JOIN_(a, b) a##b
#define JOIN(a, b)  JOIN_(a, b)

void *JOIN(plugin_inner_, PLUGIN)(size_t bytes);
void *plugin_enter(size_t bytes);

__attribute__((noipa)) void *JOIN(plugin_inner_, PLUGIN)(size_t bytes)
{
	void *block = malloc(bytes);

	__asm__ volatile("" ::: "memory");
	return block;
}

__attribute__((noipa)) void *plugin_enter(size_t bytes)
{
	void *block = JOIN(plugin_inner_, PLUGIN)(bytes);

	__asm__ volatile("" ::: "memory");
	return block;
}
