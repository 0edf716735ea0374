/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Machine code made at run time, without unwind tables but with frame pointers, which calls
 * malloc; between functions that have tables.  Prints the functions that a stack must show.
 */
#include "victim.h"

#include <sys/mman.h>

typedef void *(*made_fn)(size_t bytes, void *(*callee)(size_t));

/* push rbp; mov rbp,rsp; sub rsp,N; call rsi; leave; ret */
static const unsigned char code[] = { 0x55, 0x48, 0x89, 0xe5, 0x48, 0x83, 0xec,
				      0x20, 0xff, 0xd6, 0xc9, 0xc3 };

static void *kept[20000];
static int count;

static char *make_code(void)
{
	char *page = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	need(page != MAP_FAILED, "mmap");
	for (int i = 0; i < 16; i++) {
		memcpy(page + i * 4096 + 64, code, sizeof(code));
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
	say("stack j_caller<j_root 2000\nstack j_called<j_caller<j_root 2000\n");
	return 0;
}
