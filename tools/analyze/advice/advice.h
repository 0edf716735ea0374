/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Advice: waste that the recording proves, the line that makes it, and what could be done there.
 * For analyze.c, once the view has its sites and its history.
 *
 *   places.c  the sites by the line of the user's code
 *   copies.c  which calls make a copy of what they are given
 *   held.c    what a place held over time
 *   kinds.c   what proves each kind, from which size on it is worth a line
 *   words.c   the language of a line, and what can be done about it there
 *
 * Errors: -ENOMEM.
 */
#ifndef TIDEMARK_ANALYZE_ADVICE_ADVICE_H
#define TIDEMARK_ANALYZE_ADVICE_ADVICE_H

#include "analyze/analyze.h"

int advice_fill(struct analysis *a, const struct model *m);

#endif
