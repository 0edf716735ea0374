/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The numbers of a site that a format can show one at a time.  For the formats and cmd/export.c.
 */
#ifndef TIDEMARK_EXPORT_METRIC_H
#define TIDEMARK_EXPORT_METRIC_H

#include <stdint.h>

#include "export/export.h"

struct metric {
	const char *word;  /* of --metric */
	const char *title; /* for people */
	bool bytes;	   /* else a count */
	int64_t (*of)(const struct view_sums *s);
};

extern const struct metric metrics[EXPORT_METRICS];

#endif
