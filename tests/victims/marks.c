/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program that sets marks and asks for its own peak, and knows the answers. */
#include <pthread.h>
#include <signal.h>
#include <tidemark/tidemark.h>

#include "victim.h"

#define THREADS	   4
#define MARKS_EACH 300

static size_t live, peak;
static void *kept[64];
static size_t sizes[64];

static void count(size_t bytes)
{
	live += bytes;
	peak = live > peak ? live : peak;
}

APART static void mark_01(int i, size_t bytes)
{
	kept[i] = malloc(sizes[i] = bytes);
	HERE();
	count(bytes);
}

APART static void mark_02(int i, size_t bytes)
{
	kept[i] = malloc(sizes[i] = bytes);
	HERE();
	count(bytes);
}

static void drop(int i)
{
	live -= sizes[i];
	free(kept[i]);
	kept[i] = NULL;
}

static void say_mark(const char *text)
{
	tidemark_mark(text);
	say("mark=%s %zu\n", text, live);
}

/* What the program asks for is right only when it is recorded. */
static void ask(void)
{
	say("live=%d peak=%d\n", tidemark_live() == live, tidemark_peak() == peak);
}

static void books(void)
{
	for (int i = 0; i < 10; i++)
		mark_01(i, 100000 + (size_t)i);
	say_mark("ten blocks");
	ask();
	for (int i = 10; i < 20; i++)
		mark_02(i, 50000);
	drop(3);
	say_mark("twenty less one");
	ask();
	tidemark_peak_reset();
	peak = live;
	ask();
	mark_02(30, 7000000);
	drop(30);
	kept[4] = realloc(kept[4], 900000);
	live -= sizes[4];
	count(900000);
	sizes[4] = 900000;
	ask();
	tidemark_peak_reset();
	peak = live;
	ask();
	say_mark("end");
}

APART static void call_that_needs(size_t bytes)
{
	void *p = malloc(bytes);

	KEEP(p);
	free(p);
}

/* "This call peaks below 10 MiB." */
static int is_below(size_t bytes)
{
	uint64_t before = tidemark_live();

	mark_01(0, 30 << 20);
	before += 30 << 20;
	tidemark_peak_reset();
	call_that_needs(bytes);
	return tidemark_peak() - before < 10 << 20;
}

static void *many(void *argument)
{
	for (int i = 0; i < MARKS_EACH; i++) {
		void *p = malloc(1000);

		KEEP(p);
		tidemark_mark(argument);
		free(p);
	}
	return NULL;
}

static void threads(void)
{
	static char names[THREADS][8] = { "zero", "one", "two", "three" };
	pthread_t all[THREADS];

	for (int i = 0; i < THREADS; i++)
		need(!pthread_create(&all[i], NULL, many, names[i]), "pthread_create");
	for (int i = 0; i < THREADS; i++)
		pthread_join(all[i], NULL);
}

static void shrinks(void)
{
	void *p;

	tidemark_mark("empty");
	p = malloc(3000000);
	KEEP(p);
	tidemark_mark("full");
	free(p);
	tidemark_mark("gone");
}

/* Until somebody has had enough of it. */
static void loop(void)
{
	for (int i = 0; i < 20000; i++) {
		void *p = malloc(4321);

		KEEP(p);
		usleep(1000);
		free(p);
	}
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "books";

	if (!strcmp(mode, "books")) {
		books();
		if (argc > 2)
			raise(SIGSTOP);
	}
	if (!strcmp(mode, "below"))
		return is_below(9 << 20) ? 0 : 1;
	if (!strcmp(mode, "above"))
		return is_below(11 << 20) ? 0 : 1;
	if (!strcmp(mode, "threads"))
		threads();
	if (!strcmp(mode, "shrinks"))
		shrinks();
	if (!strcmp(mode, "loop"))
		loop();
	return 0;
}
