/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * For the programs of the leak corpus.  A program holds many cases; one run is one case.
 *
 *   CASE(chain, "definite_a 1 24, indirect_b 1 24", "a lost chain of two") { ... }
 *
 * The name of the function that allocates says the class of everything it allocates; the text says
 * how many blocks and bytes of it are alive at the end.  judge.py reads both.  cycle_X means: one
 * block is definite, the others are indirect, and which is which is the tool's choice.
 *
 * The rest is here so that a lost pointer is lost: no copy in a register, in a dead stack frame or
 * in an old version of a block.
 */
#ifndef TIDEMARK_LEAK_H
#define TIDEMARK_LEAK_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A function that keeps its own frame and its own name. */
#ifdef __clang__
#define APART __attribute__((noinline, optnone))
#else
#define APART __attribute__((noipa))
#endif
/* After a call: it was no tail call. */
#define HERE() __asm__ volatile("" ::: "memory")
/* The compiler may not know what a value is. */
#define KEEP(value) __asm__ volatile("" : "+r"(value)::"memory")

#ifdef __cplusplus
extern "C" {
#endif

struct leak_case {
	const char *name;
	void (*run)(void);
	const char *expected;
	const char *remark;
	int line;
} __attribute__((aligned(64)));

#define CASE(name, expected, remark)                                                            \
	static void name(void);                                                                 \
	static const struct leak_case case_##name                                               \
		__attribute__((section("leak_cases"), used)) = { #name, name, expected, remark, \
								 __LINE__ };                    \
	static void name(void)

/* What the case cannot do without is missing here: the case is skipped. */
#define SKIPPED 77

struct node {
	struct node *next;
	struct node *other;
	uintptr_t value;
};

/* Roots in the program's own memory. */
extern void *volatile root[8];
/* What main returns. */
extern volatile int leak_status;
/* For those that go on as another program. */
extern char **leak_argv;

/* Runs it deep down the stack and then wipes what it left there and in registers. */
void apart(void (*run)(void));
/* Wipes a quarter of a megabyte below the caller's frame, and all registers a caller must save. */
void scrub(void);
/* Starts a thread that runs it; returns as soon as it calls settle(). */
pthread_t sleeper(void (*run)(void));
/* Starts a thread that runs it apart, and waits for its end. */
void visitor(void (*run)(void));
/* Lets the starter go on and sleeps for ever. */
void settle(void) __attribute__((noreturn));
/* Only the first half of that. */
void settled(void);
/* Ends the run as skipped or as broken. */
void wanted(int ok, const char *what);
void must(int ok, const char *what);

static inline void *wiped(void *block, size_t bytes)
{
	must(block != NULL, "allocation");
	memset(block, 0, bytes);
	return block;
}

#define MAKER(name)                                                   \
	APART __attribute__((unused)) static void *name(size_t bytes) \
	{                                                             \
		void *block = wiped(malloc(bytes), bytes);            \
                                                                      \
		HERE();                                               \
		return block;                                         \
	}

#define NODE(maker) ((struct node *)maker(sizeof(struct node)))

/* clang-format off */
MAKER(definite_a) MAKER(definite_b) MAKER(definite_c)
MAKER(indirect_a) MAKER(indirect_b) MAKER(indirect_c)
MAKER(possible_a) MAKER(possible_b) MAKER(possible_c)
MAKER(reachable_a) MAKER(reachable_b) MAKER(reachable_c)
MAKER(cycle_a) MAKER(cycle_b)
	/* clang-format on */

	/* A list of so many nodes; its head. */
	typedef void *(*maker_fn)(size_t bytes);
__attribute__((unused)) static struct node *list_of(maker_fn make, int count, struct node *tail)
{
	for (int i = 0; i < count; i++) {
		struct node *head = (struct node *)make(sizeof(*head));

		head->next = tail;
		tail = head;
	}
	return tail;
}

#ifdef __cplusplus
}
#endif
#endif
