/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Does what its words say, one after the other.  usage: loses WORD...
 *   lose=N     loses a block of N bytes; chain loses one that holds two more
 *   possible   keeps a pointer into the middle of a block alone
 *   keep=N     keeps a block to the end
 *   parse=N    holds N bytes for a while, in parse_all()
 *   quiet      closes standard output and error
 *   child      a child does the rest, and this process waits for it
 *   main=N     loses a block of N bytes from main itself; nest=N one and another one call deeper
 *   status=N   ends with N; abort and kill end by a signal, exec as /bin/true
 *
 * With OWN=1 it brings suppressions for LeakSanitizer along, with OWN=2 such as no tool can read.
 */
#include "victim.h"

#include <sys/wait.h>

struct link {
	struct link *next;
	char text[100];
};

static void *volatile kept[16];
static int kept_count;

#if OWN == 1
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "# of the program itself\nleak:lose_one\nleak:nothing_else\n";
}
#elif OWN == 2
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return getenv("HOME") ? "leak:lose_one" : "leak:lose_two";
}
#endif

/* The registers and the stack may hold what was lost for a while yet. */
APART static void forget(void)
{
	volatile char room[4096];

	for (size_t i = 0; i < sizeof(room); i++)
		room[i] = 0;
}

APART static void lose_one(size_t bytes)
{
	void *block = malloc(bytes);

	KEEP(block);
}

APART static struct link *make_link(struct link *next)
{
	struct link *link = malloc(sizeof(*link));

	link->next = next;
	return link;
}

APART static void lose_chain(void)
{
	struct link *first = make_link(make_link(make_link(NULL)));

	KEEP(first);
}

APART static void keep_inside(void)
{
	char *block = malloc(64);

	kept[kept_count++] = block + 16;
	HERE();
}

APART static void parse_all(size_t bytes)
{
	void *block = malloc(bytes);

	KEEP(block);
	free(block);
}

/* Loses a block of its own and one below it. */
static APART void lose_around(size_t bytes)
{
	void *block = malloc(bytes);

	KEEP(block);
	lose_one(bytes);
	HERE();
}

static void end_by_exec(void)
{
	char *argv[] = { (char *)"true", NULL };

	execv("/bin/true", argv);
}

/* What the word does besides ending the process. */
static void obey(const char *word, size_t number)
{
	if (!strncmp(word, "lose=", 5))
		lose_one(number);
	else if (!strcmp(word, "chain"))
		lose_chain();
	else if (!strcmp(word, "possible"))
		keep_inside();
	else if (!strncmp(word, "keep=", 5))
		kept[kept_count++] = malloc(number);
	else if (!strncmp(word, "parse=", 6))
		parse_all(number);
	else if (!strncmp(word, "nest=", 5))
		lose_around(number);
	else if (!strcmp(word, "exec"))
		end_by_exec();
	else if (!strcmp(word, "abort"))
		abort();
	else if (!strcmp(word, "kill"))
		raise(SIGKILL);
	forget();
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *equals = strchr(argv[i], '=');
		size_t number = equals ? strtoul(equals + 1, NULL, 10) : 0;

		if (!strncmp(argv[i], "status=", 7))
			return (int)number;
		if (!strcmp(argv[i], "quiet")) {
			close(1);
			close(2);
		} else if (!strncmp(argv[i], "main=", 5)) {
			void *block = malloc(number);

			KEEP(block);
			block = NULL;
			KEEP(block);
			forget();
		} else if (!strcmp(argv[i], "child")) {
			pid_t child = fork();

			if (child)
				return waitpid(child, NULL, 0) == child ? 0 : 99;
		} else {
			obey(argv[i], number);
		}
	}
	return 0;
}
