/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a recording's path to its report: reader, symbolize, analyze and render in a row.  For the
 * commands that show one.  Prints messages; returns an exit status.
 */
#ifndef TIDE_CMD_SHOW_H
#define TIDE_CMD_SHOW_H

#include <stdbool.h>
#include <stdio.h>

#include "analyze/analyze.h"
#include "base/opt.h"
#include "reader/model.h"
#include "reader/names.h"
#include "render/render.h"
#include "symbolize/symbolize.h"

struct show_options {
	struct analyze_options analyze;	    /* path, version, notes and alive are filled in here */
	struct symbolize_options symbolize; /* cache_directory and progress, too */
	bool symbols;
	bool cache;
	bool sources;	   /* carry lines of source files with the report */
	const char *since; /* another before it; what has grown between the two is told */
	const char *at;	   /* a moment to tell of: a time, or a mark's text; NULL = none */
};

/* Options of every command that looks names up, for the table of struct opt; `o` as above. */
#define SHOW_FILE_OPTIONS(o)                                                    \
	OPT_STRING("sysroot", 0, &(o)->symbolize.sysroot, "DIR",                \
		   "where the files of the recorded machine are"),              \
		OPT_STRING("debug-path", 0, &(o)->symbolize.debug_path, "DIRS", \
			   "more places of separate debug files, ':' between")

#define SHOW_NAME_OPTIONS(o)                                                          \
	SHOW_FILE_OPTIONS(o),                                                         \
		OPT_FLAG("debuginfod", 0, &(o)->symbolize.debuginfod,                 \
			 "ask the servers of DEBUGINFOD_URLS for debug information"), \
		OPT_FLAG("cache", 0, &(o)->cache,                                     \
			 "keep names for the next time (--no-cache: do not)"),        \
		OPT_FLAG("symbols", 0, &(o)->symbols,                                 \
			 "look up names (--no-symbols: numbers only)")

/* When the options are read: no server is asked but on request, and then there must be one. */
void show_settle_names(const struct show_options *o);

/* 10 rows, 8 frames, by site, all tables. */
void show_defaults(struct show_options *o);

/* As wide and as colourful as the stream behind the descriptor allows. */
struct render_style show_style(int fd);

/* Loads, with a message when it cannot be: EXIT_USAGE when absent, EXIT_UNREADABLE when damaged. */
int show_load(const char *path, struct model *m);
enum view_alive show_alive(const struct model *m);

/* Whether a page can be written there; a message when not. */
bool show_can_page(const char *output);

/* A recording made ready for renderers: story.analysis.view; the model must outlive it. */
struct show_story {
	struct names names;
	struct buf notes;
	struct analysis analysis;
};

int show_story(struct show_story *story, const char *path, const struct model *m,
	       const struct show_options *options);
void show_story_free(struct show_story *story);

/* The view of one recording, given to `use`, which returns 0 or a negative errno. */
int show_view(const char *path, const struct model *m, const struct show_options *options,
	      int (*use)(void *user, struct view *v), void *user);

/* One recording, through the renderer. */
int show_model(const char *path, const struct model *m, const struct show_options *options,
	       const struct render_ops *ops, struct render_context *context);

#endif
