/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sentences that all forms of a verdict have in common.  For the files of this folder.
 * Each appends to a buffer, which remembers when memory ran out.
 */
#ifndef TIDEMARK_RENDER_VERDICT_WORDS_H
#define TIDEMARK_RENDER_VERDICT_WORDS_H

#include "base/buf.h"
#include "verdict.h"

extern const char *const words_classes[VERDICT_CLASSES]; /* definite … */
extern const char *const words_lost[VERDICT_CLASSES];	 /* definitely lost … */
extern const char *const words_states[];		 /* by enum verdict_state: passed … */

/* "3 of 14 processes exceed a limit" */
void words_verdict(const struct verdict *v, struct buf *out);
/* "definitely lost: 1.2 KiB in 3 blocks, at most 0 B allowed" */
void words_rule(const struct verdict_rule *r, struct buf *out);
/* What the limit is for: "definitely lost", with the functions or what it grew from. */
void words_subject(const struct verdict_rule *r, struct buf *out);
/* "1.2 KiB in 3 blocks definitely lost" */
void words_amount(const struct verdict_amount *a, const char *what, struct buf *out);
/* The leak by the class it is named by, with what was lost by way of it and what is known. */
void words_leak(const struct verdict_leak *leak, struct buf *out);
/* "parse_line" or "libfoo.so+0x1234" */
void words_function(const struct verdict_frame *f, struct buf *out);
/* "parse.c:41", "[libfoo.so]", or nothing */
void words_place(const struct verdict_frame *f, struct buf *out);
/* The shown frames, a line each, each begun with the prefix. */
void words_stack(const struct verdict_leak *leak, const char *prefix, struct buf *out);
/* "tests/parse --all (process 4711, exited with status 0)" */
void words_process(const struct verdict_process *p, struct buf *out);

#endif
