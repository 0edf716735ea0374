/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Allocates at the end of recursions of many depths, from two callers.  usage: deep DEEPEST
 * Prints deep_left and deep_right: calls bytes
 */
#include "victim.h"

static void *kept[100000];
static int count;

APART static void recurse(int depth, size_t bytes)
{
	if (depth)
		recurse(depth - 1, bytes);
	else
		kept[count++] = malloc(bytes);
	HERE();
}

APART static void deep_left(int depth)
{
	recurse(depth, 10);
	HERE();
}

APART static void deep_right(int depth)
{
	recurse(depth, 20);
	HERE();
}

int main(int argc, char **argv)
{
	int deepest = argc > 1 ? atoi(argv[1]) : 1000;

	for (int depth = 0; depth < deepest; depth++) {
		deep_left(depth);
		deep_right(depth);
	}
	say("calls=%d\ndeep_left %d %d\ndeep_right %d %d\n", count, deepest, deepest * 10, deepest,
	    deepest * 20);
	return 0;
}
