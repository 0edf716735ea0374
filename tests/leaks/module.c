/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A library to be loaded by cases/modules.c. */
#include <stdlib.h>
#include <string.h>

#ifdef __clang__
#define APART __attribute__((noinline, optnone))
#else
#define APART __attribute__((noipa))
#endif

static void *volatile in_global;
static void *volatile in_bss[100000];
static __thread void *volatile in_tls[64];

void module_global(void *block)
{
	in_global = block;
}

void module_bss(void *block)
{
	in_bss[99999] = block;
}

void module_tls(void *block)
{
	in_tls[60] = block;
}

APART static void *definite_inside(void)
{
	return calloc(1, 24);
}

APART static void *reachable_inside(void)
{
	return calloc(1, 24);
}

void module_lose(void)
{
	void *volatile block = definite_inside();

	block = NULL;
	(void)block;
}

void module_keep(void)
{
	in_global = reachable_inside();
}

static void *volatile at_start;

__attribute__((constructor)) static void begin(void)
{
	at_start = reachable_inside();
}

__attribute__((destructor)) static void end(void)
{
	free(at_start);
	at_start = NULL;
}
