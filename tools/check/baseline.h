/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What was there before: the leaks that are known, by stack, and what each program needed.  Made of
 * judged processes, kept as JSON.  Called by cmd/ and judge.c.
 * Of a stack or a program that was met several times the largest numbers count.
 * Errors: -EBADMSG with a message for a file that is no baseline, -ENOMEM, those of the file.
 */
#ifndef TIDEMARK_CHECK_BASELINE_H
#define TIDEMARK_CHECK_BASELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyze/arena.h"
#include "base/err.h"
#include "verdict.h"

struct baseline_leak {
	const char *key;
	unsigned leak_class;
	int64_t bytes;
	int64_t blocks;
	bool met; /* in the run that is judged */
};

struct baseline_program {
	const char *name;
	const char *command;
	uint64_t peak_bytes;
	uint64_t live_bytes;
	uint64_t total_bytes;
	uint64_t calls;
};

struct baseline {
	struct baseline_leak *leaks; /* by key, then class */
	size_t leak_count;
	size_t leak_room;
	struct baseline_program *programs;
	size_t program_count;
	size_t program_room;
	struct arena arena;
};

/* Whether the file's first bytes may be those of a baseline rather than of a recording. */
bool baseline_is_json(const char *path);
int baseline_read(struct baseline *b, const char *path, struct err *e);
/* Adds what a process lost that is not suppressed, what was reachable if asked, what it needed. */
int baseline_add(struct baseline *b, const struct verdict_process *p, bool reachable);
/* After the last baseline_add(): from then on it can be asked. */
void baseline_settle(struct baseline *b);
int baseline_write(const struct baseline *b, const char *path, const char *version, struct err *e);

struct baseline_leak *baseline_find(const struct baseline *b, const char *key, unsigned leak_class);
/* By command line, else by name; NULL for a program that is new. */
const struct baseline_program *baseline_program(const struct baseline *b, const char *name,
						const char *command);
/* Leaks that were not met. */
size_t baseline_healed(const struct baseline *b);
void baseline_free(struct baseline *b);

#endif
