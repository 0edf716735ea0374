/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a leak scan adds to a view: how it went, the sums by class, blocks and who holds them.
 * For analyze.c and facts.c.  Errors: -ENOMEM.
 */
#ifndef TIDEMARK_ANALYZE_LEAKS_H
#define TIDEMARK_ANALYZE_LEAKS_H

#include "analyze/analyze.h"

/* Fills facts.scan, facts.leaks and facts.sum.leaks; facts.alive and facts.state must be there. */
void leaks_facts(struct analysis *a, const struct model *m);

/* A sentence about what makes the results doubtful, or NULL. */
const char *leaks_doubt(struct analysis *a, const struct model *m);

/* The blocks that the recording lists, and their holders; the sites must be in their order. */
int leaks_blocks(struct analysis *a, const struct model *m, const struct names *names);

/* Whether there is something to show by class; threads hold no leaks. */
bool leaks_has_tables(const struct analysis *a);

/* Gives the rows of a table of one class their blocks. */
void leaks_of_rows(const struct analysis *a, struct view_table *table);

#endif
