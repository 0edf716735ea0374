/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Machine code made at run time, without unwind tables but with frame pointers, which calls
 * malloc; between functions that have tables.  Prints the functions that a stack must show.
 */
#include "victim.h"

#include <sys/mman.h>

typedef void *(*made_fn)(size_t bytes, void *(*callee)(size_t));

/* push rbp; mov rbp,rsp; sub rsp,N; call rsi; leave; ret */
static const unsigned char code[] = { 0x55, 0x48, 0x89, 0xe5, 0x48, 0x83,
				      0xec, 0x20, 0xff, 0xd6, 0xc9, 0xc3 };

/* push rbp; mov rbp,rdx; call rsi; pop rbp; ret: what rbp holds is no frame */
static const unsigned char wild_code[] = { 0x55, 0x48, 0x89, 0xd5, 0xff, 0xd6, 0x5d, 0xc3 };
typedef void *(*wild_fn)(size_t bytes, void *(*callee)(size_t), uintptr_t rbp);

static void *kept[20000];
static int count;

static char *make_code(void)
{
	char *page = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	need(page != MAP_FAILED, "mmap");
	for (int i = 0; i < 16; i++) {
		memcpy(page + i * 4096 + 64, code, sizeof(code));
		memcpy(page + i * 4096 + 256, wild_code, sizeof(wild_code));
		page[i * 4096 + 64 + 7] = (char)(0x10 + i % 7 * 0x10);
	}
	need(!mprotect(page, 65536, PROT_READ | PROT_EXEC), "mprotect");
	return page;
}

APART static void *j_called(size_t bytes)
{
	void *block = malloc(bytes);

	HERE();
	return block;
}

APART static void j_caller(made_fn made, void *(*callee)(size_t), size_t bytes)
{
	kept[count++] = made(bytes, callee);
	HERE();
}

APART static void j_root(char *page, int i)
{
	made_fn made = (made_fn)(uintptr_t)(page + (i % 16) * 4096 + 64);

	j_caller(made, malloc, 10);
	j_caller(made, j_called, 20);
	HERE();
}

/* Frame pointers that lead nowhere: just past what is mapped, into a hole, off the mark. */
static void run_wild(char *page)
{
	char *hole = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	wild_fn wild = (wild_fn)(uintptr_t)(page + 256);
	const uintptr_t values[] = {
		0,
		1,
		8,
		here + 3,
		here + (1 << 20),
		here + (64 << 20),
		here + (900 << 20),
		(uintptr_t)hole + 4096 - 16,
		(uintptr_t)hole + 4096 - 8,
		(uintptr_t)hole + 65536 - 8,
		0x8000000000000000u,
		(uintptr_t)-16,
		(uintptr_t)page + 64,
	};

	munmap(hole + 4096, 65536 - 4096);
	for (int round = 0; round < 10; round++) {
		for (unsigned int i = 0; i < COUNT_OF(values); i++)
			kept[count++] = wild(30, malloc, values[i]);
	}
	say("wild=%d\n", (int)(10 * COUNT_OF(values)));
}

int main(void)
{
	char *page = make_code();

	for (int i = 0; i < 1000; i++)
		j_root(page, i);
	/* new code where the old was */
	munmap(page, 65536);
	page = make_code();
	for (int i = 0; i < 1000; i++)
		j_root(page, i * 3);
	run_wild(page);
	say("stack j_caller<j_root 2000\nstack j_called<j_caller<j_root 2000\n");
	return 0;
}
