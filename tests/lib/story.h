/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From an mkprofile to an analysis or to the rendered report, with names made up by the test.
 * Called by tests/unit.  Fails the test when a stage fails.
 */
#ifndef TIDEMARK_TESTS_STORY_H
#define TIDEMARK_TESTS_STORY_H

#include "analyze/analyze.h"
#include "lib/mkprofile.h"
#include "render/render.h"

struct story {
	struct model model;
	struct names names;
	struct analysis analysis;
	struct analyze_options options;
};

/* Reads what mk made, and frees it. */
void story_load(struct story *s, struct mkprofile *mk);
/* Names a frame; inlined ones first. */
void story_name(struct story *s, uint32_t frame, const char *function, const char *file,
		uint32_t line, bool inlined);
void story_analyze(struct story *s);
/* To be freed. */
char *story_render(struct story *s, const struct render_ops *ops);
void story_free(struct story *s);

#endif
