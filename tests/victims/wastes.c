/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Wastes memory in one way, or does the same work without: wastes KIND bad|good.  For advice.sh,
 * which reads what the report advises.  Each way is a function of its own name.
 */
#include <stdbool.h>
#include <time.h>

#include "victim.h"

#define MIB ((size_t)1 << 20)

static void rest(long ms)
{
	const struct timespec pause = { 0, ms * 1000000 };

	nanosleep(&pause, NULL);
}

static char *filled(size_t bytes)
{
	char *p = malloc(bytes);

	memset(p, 'x', bytes - 1);
	p[bytes - 1] = 0;
	return p;
}

/* Good: as large as well, but for something else. */
APART void copy(bool bad)
{
	char *text = filled(8 * MIB);
	char *second = bad ? strdup(text) : filled(8 * MIB);

	HERE();
	KEEP(second);
	free(second);
	free(text);
}

/* Good: doubled, as it should be. */
APART void growth(bool bad)
{
	size_t bytes = 64, wanted = 4 * MIB;
	char *text = malloc(bytes), *other;

	while (bytes < wanted) {
		bytes = bad ? bytes + 1024 : bytes * 2;
		text = realloc(text, bytes);
		/* In the way, so that it has to move. */
		other = malloc(200);
		memset(text + bytes / 2, 1, bytes / 2);
		KEEP(other);
		if (bytes > wanted / 2)
			free(other);
	}
	HERE();
	free(text);
}

/* Good: kept for a while, as what is looked up later is. */
APART void churn(bool bad)
{
	static char *kept[1000];
	unsigned i;

	for (i = 0; i < 200000; i++) {
		char **slot = bad ? &kept[0] : &kept[i % 1000];

		free(*slot);
		*slot = malloc(100);
		KEEP(*slot);
		if (bad) {
			free(*slot);
			*slot = NULL;
		}
	}
	for (i = 0; i < 1000; i++)
		free(kept[i]);
	HERE();
}

/* Good: one buffer for all rounds. */
APART void churn_large(bool bad)
{
	char *buffer = bad ? NULL : malloc(MIB);
	unsigned i;

	for (i = 0; i < 1000; i++) {
		char *p = bad ? malloc(MIB) : buffer;

		p[i] = 1;
		KEEP(p);
		if (bad)
			free(p);
	}
	free(buffer);
	HERE();
}

static char *input;

static void free_input(void)
{
	free(input);
}

APART void read_input(void)
{
	input = filled(8 * MIB);
	HERE();
}

/* Good: freed as soon as it was worked on. */
APART void held(bool bad)
{
	char *result;

	atexit(free_input);
	rest(20);
	read_input();
	rest(600);
	if (!bad) {
		free(input);
		input = NULL;
	}
	result = filled(16 * MIB);
	rest(600);
	KEEP(result);
	free(result);
	rest(600);
	HERE();
}

/* Good: all of it is used. */
APART void untouched(bool bad)
{
	size_t bytes = 32 * MIB;
	char *table = malloc(bytes);

	memset(table, 1, bad ? bytes / 8 : bytes);
	KEEP(table);
	HERE();
	free(table);
}

/* The same, never freed. */
APART void untouched_left(bool bad)
{
	static char *table;
	size_t bytes = 32 * MIB;

	table = malloc(bytes);
	memset(table, 1, bad ? bytes / 8 : bytes);
	HERE();
}

#define ENTRIES 240

/* Good: the oldest makes room. */
APART void grows(bool bad)
{
	static char *entries[ENTRIES];
	unsigned i;

	for (i = 0; i < ENTRIES; i++) {
		entries[i] = filled(32 << 10);
		if (!bad && i >= 40) {
			free(entries[i - 40]);
			entries[i - 40] = NULL;
		}
		rest(12);
	}
	HERE();
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(bool bad);
	} kinds[] = {
		{ "copy", copy },   { "growth", growth },
		{ "churn", churn }, { "churn_large", churn_large },
		{ "held", held },   { "untouched", untouched },
		{ "grows", grows }, { "untouched_left", untouched_left },
	};
	size_t i;

	for (i = 0; argc == 3 && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(argv[1], kinds[i].name) == 0) {
			kinds[i].run(strcmp(argv[2], "bad") == 0);
			return 0;
		}
	}
	return 2;
}
