/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * For the programs that are recorded in tests.  None of this allocates: a victim that knows its own
 * answer must not be contradicted by its own printf.
 */
#ifndef TIDEMARK_VICTIM_H
#define TIDEMARK_VICTIM_H

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A function that keeps its own frame and its own name. */
#define APART __attribute__((noipa))
/* After a call: it was no tail call. */
#define HERE() __asm__ volatile("" ::: "memory")
/* The compiler may not know what becomes of a block, or it would remove malloc with its free. */
#define KEEP(p) __asm__ volatile("" : "+r"(p)::"memory")

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

__attribute__((format(printf, 1, 2), unused)) static void say(const char *format, ...)
{
	char line[4096];
	va_list args;
	int bytes;

	va_start(args, format);
	bytes = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (bytes > (int)sizeof(line) - 1)
		bytes = sizeof(line) - 1;
	if (write(STDOUT_FILENO, line, bytes) != bytes)
		_exit(99);
}

__attribute__((unused)) static void need(int ok, const char *what)
{
	if (ok)
		return;
	say("failed=%s\n", what);
	_exit(98);
}

static uint64_t victim_seed = 88172645463325252ull;

/* The same numbers in every run. */
__attribute__((unused)) static uint32_t number(uint64_t *seed, uint32_t below)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return (uint32_t)(*seed >> 24) % below;
}

__attribute__((unused)) static uint32_t any(uint32_t below)
{
	return number(&victim_seed, below);
}

#endif
