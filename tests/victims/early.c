/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A library whose constructor allocates before anybody else's and whose destructor allocates and
 * frees after everybody else's; early_main.c uses it.
 */
#include "victim.h"

void *early_block[200];
int early_uses(void);

APART static void *early_allocates(size_t bytes)
{
	void *block = malloc(bytes);

	HERE();
	return block;
}

__attribute__((constructor(101))) static void at_start(void)
{
	for (int i = 0; i < 100; i++)
		early_block[i] = early_allocates(100);
}

APART static void *late_allocates(size_t bytes)
{
	void *block = malloc(bytes);

	HERE();
	return block;
}

__attribute__((destructor(101))) static void at_end(void)
{
	for (int i = 0; i < 50; i++)
		free(early_block[i]);
	for (int i = 100; i < 200; i++)
		early_block[i] = late_allocates(10);
	for (int i = 100; i < 130; i++)
		free(early_block[i]);
	say("early_allocates 100 5000\nlate_allocates 100 700\n");
}

int early_uses(void)
{
	return early_block[99] != NULL;
}
