/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The language of a line, and what can be done there about each kind of waste, in its words.  For
 * kinds.c.
 */
#ifndef TIDEMARK_ANALYZE_ADVICE_WORDS_H
#define TIDEMARK_ANALYZE_ADVICE_WORDS_H

#include "view.h"

enum language { LANGUAGE_C, LANGUAGE_CXX, LANGUAGE_RUST, LANGUAGE_PYTHON, LANGUAGES };

enum language words_language(const struct view_frame *frame);
const char *words_language_name(enum language language);

const char *words_action(enum view_advice_kind kind, enum language language);

#endif
