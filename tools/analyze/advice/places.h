/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The sites of a view, added up by the innermost line of the user's own code, or by that and its
 * caller: what a line allocates for one may live otherwise than what it does for another.  For
 * advice.c and kinds.c.  A call that copies is not such a line: its caller is.
 */
#ifndef TIDEMARK_ANALYZE_ADVICE_PLACES_H
#define TIDEMARK_ANALYZE_ADVICE_PLACES_H

#include "analyze/analyze.h"

#define PLACES_LARGE (64u << 10) /* bytes of a block, as the recorder has it */

/* Less than both is told of nowhere, and takes no place. */
#define PLACES_LEAST_BYTES (512u << 10)
#define PLACES_LEAST_CALLS 10000u

struct place {
	const struct view_frame *frame;
	const struct view_frame *caller; /* NULL: whoever it is */
	const struct view_site *largest; /* of its sites, by what it allocated */
	struct view_sums sums;		 /* own_peak_bytes: added up, so no less than the place's */
	struct view_sums large;		 /* of the sites whose blocks are large, on average */
	struct model_waste waste;
	uint64_t first_ms;
	uint64_t last_ms;
	/* of its sites that are in a call that copies */
	const struct view_frame *copier; /* NULL: none is known to be */
	uint64_t copies;		 /* made while a block as large was live */
	uint64_t copied_bytes;
	int64_t copied_at_peak_bytes;
	uint32_t original_site; /* of the model: who made the block as large */
};

/* What is known of each frame of the view, found out once. */
struct places_frames {
	uint8_t *copies; /* enum copies */
	uint32_t *lines; /* frames of one line have one number */
};

struct places {
	const struct places_frames *frames;
	struct place *list;
	size_t count;
	uint32_t *of_site; /* site of the view -> place + 1, 0 = none */
};

int places_frames_make(struct analysis *a, struct places_frames *frames);

int places_make(struct analysis *a, const struct model *m, bool by_caller,
		const struct places_frames *frames, struct places *places);

/* The line of a site; NULL when it has no stack. */
const struct view_frame *places_frame(const struct view *v, const struct places_frames *frames,
				      const struct view_site *site);

#endif
