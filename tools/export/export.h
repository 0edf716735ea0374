/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Formats that other programs read.  One file a format, each with one function that writes a view;
 * formats.c holds the list, from which `tidemark export` takes its --format, its help and the names
 * of its files.  Called by cmd/export.c.
 * In each format the sites are those of the view, and their numbers those of the report.
 * Errors: -ENOMEM, -EOVERFLOW; those of the stream are left to ferror().
 */
#ifndef TIDEMARK_EXPORT_EXPORT_H
#define TIDEMARK_EXPORT_EXPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "view.h"

enum export_metric {
	EXPORT_PEAK,
	EXPORT_LIVE,
	EXPORT_TOTAL,
	EXPORT_CALLS,
	EXPORT_TEMPORARY,
	EXPORT_DEFINITE, /* only after a leak scan */
	EXPORT_METRICS
};

struct export_context {
	FILE *out;
	const char *version;
	enum export_metric metric;
	/* May be called again and again while it takes long; may be NULL. */
	void (*progress)(void *user, size_t done, size_t all);
	void *user;
};

struct export_format {
	const char *name;
	const char *suffix;  /* of the file's name, behind PROGRAM.PID. */
	const char *summary; /* for the help */
	const char *opener;  /* a command that reads it, before the file's name */
	int (*write)(struct export_context *c, const struct view *v);
	/* A bit for each that --metric may choose, alone or first; 0 = it has all at once. */
	unsigned metrics;
	enum export_metric metric; /* unless another is asked for */
	bool binary;
	bool marks_hidden; /* tells hidden frames from others itself */
};

/* For every step of many; asks the clock now and then. */
static inline void export_progress(const struct export_context *c, size_t done, size_t all)
{
	if (c->progress && !(done & 1023))
		c->progress(c->user, done, all);
}

/* Ended by one without a name. */
extern const struct export_format export_formats[];

int export_mprof(struct export_context *c, const struct view *v);
int export_pprof(struct export_context *c, const struct view *v);
int export_heap(struct export_context *c, const struct view *v);
int export_folded(struct export_context *c, const struct view *v);
int export_massif(struct export_context *c, const struct view *v);
int export_dhat(struct export_context *c, const struct view *v);
int export_speedscope(struct export_context *c, const struct view *v);
int export_callgrind(struct export_context *c, const struct view *v);
int export_csv(struct export_context *c, const struct view *v);
int export_json(struct export_context *c, const struct view *v);
int export_sqlite(struct export_context *c, const struct view *v);

#endif
