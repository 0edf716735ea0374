/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Leaks that somebody has agreed to live with.  Reads LeakSanitizer's syntax and Valgrind's, mixed
 * in one file as they come; keeps count of what each entry was good for.  Called by cmd/ and
 * judge.c.
 *
 *	leak:TEMPLATE                    fits when a function, file or module of any frame does
 *	{ name / Memcheck:Leak / … }     fits from the innermost frame outwards
 *
 * Entries of Valgrind that are about something other than leaks are passed over.
 * Errors: -EINVAL with a message that names file and line, -ENOMEM, and those of reading the file.
 */
#ifndef TIDEMARK_CHECK_SUPPRESS_H
#define TIDEMARK_CHECK_SUPPRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "view.h"

enum suppress_frame_kind {
	SUPPRESS_FUNCTION, /* fun: */
	SUPPRESS_MODULE,   /* obj: */
	SUPPRESS_SOURCE,   /* src: */
	SUPPRESS_ANY,	   /* "...": no frame or any number of them */
};

struct suppress_frame {
	enum suppress_frame_kind kind;
	const char *pattern;
	uint32_t line; /* of src:, 0 = any */
};

struct suppression {
	const char *name;     /* the template, or the first line between the braces */
	const char *file;     /* where it stands */
	const char *reason;   /* of an entry of our own, else NULL */
	const char *template; /* LeakSanitizer's; NULL: the frames count */
	struct suppress_frame *frames;
	size_t frame_count;
	size_t frame_room;
	unsigned line;
	unsigned classes; /* one bit for each enum view_leak_class that it is for */
	bool optional;	  /* nobody need be told that it matched nothing */
	/* what it was good for */
	uint64_t leaks;
	uint64_t blocks;
	uint64_t bytes;
};

struct suppressions {
	struct suppression *list;
	size_t count;
	size_t room;
	char **texts; /* what the strings above point into */
	size_t text_count;
	size_t text_room;
};

int suppress_read(struct suppressions *s, const char *path, struct err *e);
/* The same of a text in memory; @file is what messages call it, and must outlive the list. */
int suppress_parse(struct suppressions *s, const char *file, const char *text, struct err *e);
/* Those that nobody should have to write: what C libraries leave behind.  See builtin.c. */
int suppress_builtin(struct suppressions *s, struct err *e);

/* The first entry that fits the stack, innermost frame first; NULL if none does. */
struct suppression *suppress_find(struct suppressions *s, const struct view_frame *frames,
				  const uint32_t *stack, size_t count, unsigned leak_class);
void suppress_free(struct suppressions *s);

#endif
