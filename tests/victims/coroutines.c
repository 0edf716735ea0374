/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Coroutines whose stack is partly unmapped and used again: an allocation at the same stack
 * pointer, from the same place, whose outer frames of last time lie in memory that is gone.
 * Prints the stacks, and same=1 when the stack pointers really were equal.
 */
#define _GNU_SOURCE
#include "victim.h"

#include <sys/mman.h>
#include <ucontext.h>

#define STACK_BYTES (256 * 1024)
#define ROUNDS	    50

static ucontext_t back, there;
static uintptr_t frame_of[64], leaf_frame;
static int depth_wanted;
static void *kept[ROUNDS * 4];
static int count;

APART static void c_leaf(void)
{
	leaf_frame = (uintptr_t)__builtin_frame_address(0);
	kept[count++] = malloc(10);
	HERE();
}

APART static void c_deep(int depth)
{
	char room[1000];
	char *p = room;

	KEEP(p);
	frame_of[depth] = (uintptr_t)room;
	if (depth)
		c_deep(depth - 1);
	else
		c_leaf();
	KEEP(p);
}

static void c_main(void)
{
	c_deep(depth_wanted);
	HERE();
	setcontext(&back);
}

static void run(char *low, char *top, int depth)
{
	getcontext(&there);
	there.uc_stack.ss_sp = low;
	there.uc_stack.ss_size = (size_t)(top - low);
	there.uc_link = NULL;
	depth_wanted = depth;
	makecontext(&there, c_main, 0);
	swapcontext(&back, &there);
}

static char *map_at(char *at, size_t bytes)
{
	char *got = mmap(at, bytes, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | (at ? MAP_FIXED : 0), -1, 0);

	need(got != MAP_FAILED, "mmap");
	return got;
}

static void print_stack(int depth)
{
	char line[1000] = "c_leaf";

	for (int i = 0; i <= depth; i++)
		strcat(line, "<c_deep");
	say("stack %s<c_main %d\n", line, ROUNDS);
}

int main(void)
{
	char *low = map_at(NULL, STACK_BYTES), *top = low + STACK_BYTES, *hole;
	uintptr_t step, first;
	int same = 0;

	for (int i = 0; i < ROUNDS; i++) {
		run(low, top, 50);
		first = leaf_frame;
		step = frame_of[1] - frame_of[0];
		/* thirty frames less, from a stack whose top is as much lower */
		hole = (char *)(((uintptr_t)top - 30 * step + 4095) & ~(uintptr_t)4095);
		munmap(hole, (size_t)(top - hole));
		run(low, top - 30 * step, 20);
		same += leaf_frame == first;
		map_at(hole, (size_t)(top - hole));
	}
	say("same=%d\n", same == ROUNDS);
	print_stack(50);
	print_stack(20);
	return 0;
}
