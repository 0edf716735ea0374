/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tail calls: a function that ends with a call leaves no frame.  Prints what a right unwinder
 * sees, t_top<t_root, and nothing of t_middle, which passes its frame on.
 */
#include "victim.h"

static void *kept[2000];
static int count;

APART static void *t_pure(size_t bytes)
{
	return malloc(bytes); /* a jump: malloc's caller is t_pure's */
}

APART static void t_top(size_t bytes)
{
	kept[count++] = malloc(bytes);
	HERE();
}

APART static void t_middle(size_t bytes)
{
	volatile char room[64];

	room[bytes % 64] = 1;
	t_top(bytes + (size_t)room[bytes % 64]);
}

APART static void t_root(int i)
{
	t_middle((size_t)i + 10);
	HERE();
}

APART static void t_plain(int i)
{
	kept[count++] = t_pure((size_t)i + 1);
	HERE();
}

int main(void)
{
	for (int i = 0; i < 500; i++) {
		t_root(i % 50);
		t_plain(i % 50);
	}
	say("stack t_top<t_root 500\nstack t_plain 500\n");
	return 0;
}
