/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Does as it is told, a letter at a time on standard input, and answers each with the letter:
 *   a, b   keeps 1000 blocks of 100 bytes, from a function of that name
 *   A, B   frees what the letter has kept
 *   f      forks a child that keeps 10 blocks from `child`, and waits for it
 *   t      a block for a moment
 */
#include <sys/wait.h>

#include "victim.h"

#define COUNT 1000

static void *kept[2][COUNT];

static APART void *from_a(void)
{
	void *p = malloc(100);

	HERE();
	return p;
}

static APART void *from_b(void)
{
	void *p = malloc(100);

	HERE();
	return p;
}

static APART void child(void)
{
	for (int i = 0; i < 10; i++) {
		void *p = malloc(50);

		KEEP(p);
	}
	_exit(0);
}

static void obey(char letter)
{
	void *p;

	for (int i = 0; i < COUNT && letter == 'a'; i++)
		kept[0][i] = from_a();
	for (int i = 0; i < COUNT && letter == 'b'; i++)
		kept[1][i] = from_b();
	for (int i = 0; i < COUNT && (letter == 'A' || letter == 'B'); i++)
		free(kept[letter - 'A'][i]);
	if (letter == 't') {
		p = malloc(7);
		KEEP(p);
		free(p);
	}
	if (letter == 'f') {
		if (fork() == 0)
			child();
		wait(NULL);
	}
}

int main(void)
{
	char letter;

	while (read(STDIN_FILENO, &letter, 1) == 1) {
		if (letter == '\n')
			continue;
		obey(letter);
		need(write(STDOUT_FILENO, &letter, 1) == 1, "write");
	}
	return 0;
}
