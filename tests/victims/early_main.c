/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Allocates in an atexit handler; its library does before main and after all. See early.c. */
#include "victim.h"

int early_uses(void);
static void *kept[40];

APART static void *atexit_allocates(size_t bytes)
{
	void *block = malloc(bytes);

	HERE();
	return block;
}

static void at_exit(void)
{
	for (unsigned int i = 0; i < COUNT_OF(kept); i++)
		kept[i] = atexit_allocates(20);
	say("atexit_allocates 40 800\n");
}

int main(void)
{
	need(early_uses(), "the library's constructor ran");
	return atexit(at_exit);
}
