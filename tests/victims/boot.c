/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reallocates and frees blocks that date from before anything was set up: those that the loader
 * and early constructors made, which a recording library may have served from memory of its own.
 * With libslow_dlsym.so in front such blocks exist for certain.
 */
#define _GNU_SOURCE
#include "victim.h"

#include <malloc.h>

static void *early[64];

__attribute__((constructor(101))) static void at_start(void)
{
	for (unsigned int i = 0; i < COUNT_OF(early); i++) {
		early[i] = i % 2 ? malloc(i * 40) : calloc(i + 1, 17);
		need(early[i] && (uintptr_t)early[i] % 16 == 0, "an aligned block");
	}
}

static volatile size_t many = SIZE_MAX / 2;

int main(void)
{
	for (unsigned int i = 0; i < COUNT_OF(early); i++) {
		need(malloc_usable_size(early[i]) >= (i % 2 ? i * 40 : (i + 1) * 17), "its size");
		memset(early[i], (int)i, i % 2 ? i * 40 : (i + 1) * 17);
		if (i % 3)
			early[i] = realloc(early[i], 5000 + i);
		need(early[i] != NULL, "realloc");
		if (i % 5)
			need(*(unsigned char *)early[i] == i || (i % 2 && !i), "its contents");
	}
	for (unsigned int i = 0; i < COUNT_OF(early); i++)
		free(early[i]);
	need(calloc(many, 3) == NULL, "an overflow noticed");
	say("done=1\n");
	return 0;
}
