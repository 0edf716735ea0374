/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * 'func:GLOB file:GLOB module:GLOB size>N calls>N': which sites a report is about.  For analyze.c;
 * parsed by cmd/.  All terms must hold; a GLOB holds when any frame of the stack fits, a file or
 * module by its whole path or its last part.  size, live, total, own-peak take K, M, G.
 * Errors: -EINVAL with a message.
 */
#ifndef TIDEMARK_ANALYZE_FILTER_H
#define TIDEMARK_ANALYZE_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "view.h"

#define FILTER_TERMS 16

enum filter_what {
	FILTER_FUNCTION,
	FILTER_FILE,
	FILTER_MODULE,
	FILTER_SIZE,
	FILTER_LIVE,
	FILTER_TOTAL,
	FILTER_OWN_PEAK,
	FILTER_CALLS,
	FILTER_TEMPORARY,
	FILTER_LEAKED,
	FILTER_DEFINITE,
};

struct filter_term {
	enum filter_what what;
	char glob[256];
	bool below; /* '<' */
	uint64_t limit;
};

struct filter {
	struct filter_term terms[FILTER_TERMS];
	size_t count;
};

int filter_parse(struct filter *f, const char *text, struct err *e);

/*
 * One bit a term for each frame that fits it.  Bits of NULL functions and files are 0.
 */
uint16_t filter_frame(const struct filter *f, const struct view_frame *frame);

/* stack_bits: filter_frame() of all frames of the stack, or-ed. */
bool filter_site(const struct filter *f, const struct view_sums *sums, uint16_t stack_bits);

#endif
