/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Does what was recorded explain what the process had in memory?  For facts.c.  Does no I/O.
 */
#ifndef TIDEMARK_ANALYZE_EXPLAINED_H
#define TIDEMARK_ANALYZE_EXPLAINED_H

#include "analyze/arena.h"
#include "reader/model.h"

/* A sentence on what the rest is and what to do; NULL when it does, or the process is small. */
const char *explained_doubt(struct arena *arena, const struct model *m);

/* What was resident when most was; NULL when nobody looked. */
const struct model_account *explained_account(const struct model *m);

#endif
