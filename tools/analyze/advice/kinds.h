/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What proves each kind of waste, and from which size on it is worth a line.  For advice.c.
 */
#ifndef TIDEMARK_ANALYZE_ADVICE_KINDS_H
#define TIDEMARK_ANALYZE_ADVICE_KINDS_H

#include "analyze/advice/places.h"

struct kinds {
	struct analysis *a;
	const struct model *m;
	const struct places *places;
	const struct place *place; /* the one at work */
};

/* Fills in what is the kind's own: bytes, share, evidence; false when there is nothing to tell. */
bool kinds_prove(const struct kinds *k, enum view_advice_kind kind, struct view_advice *to);

#endif
