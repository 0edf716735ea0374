/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From recordings to a verdict: each is loaded, judged and let go before the next.  For
 * cmd/check/check.c.  Messages are printed here; what is returned is an exit status.
 */
#ifndef TIDE_CMD_CHECK_GATE_H
#define TIDE_CMD_CHECK_GATE_H

#include "base/opt.h"
#include "check/baseline.h"
#include "check/judge.h"
#include "check/limits.h"
#include "check/select.h"
#include "check/suppress.h"
#include "cmd/show.h"
#include "verdict.h"

struct gate {
	/* as asked */
	struct limits limits;
	struct suppressions suppressions;
	struct select select;
	struct opt_list allow_unmeasured;
	const char *root; /* files are shown relative to it */
	struct show_options show;
	bool compiled_in; /* heed __lsan_default_suppressions() of the programs */
	/* as found */
	struct baseline baseline;
	const char *baseline_path; /* NULL: none */
	struct arena arena;
	struct verdict verdict;
	size_t process_room;
	size_t left_out_room;
	const char **notes;
	size_t note_count;
	size_t note_room;
	size_t unreadable;
	size_t running;	    /* processes that went on, and cannot be judged */
	size_t leaks_known; /* processes of which they are */
	char **heeded;	    /* files whose own suppressions have been looked for */
	size_t heeded_count;
	size_t heeded_room;
};

/* Judges a recording; @given: asked for by name, so it is judged whatever program it is of. */
int gate_judge(struct gate *g, const char *path, bool given);

/* The same for all below a directory, in the order of their start. */
int gate_judge_all(struct gate *g, char *const *paths, size_t count, bool given);

/* A sentence for the end of the verdict. */
void gate_note(struct gate *g, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* After the last: adds up, names what is unused, and settles the verdict's state. */
int gate_conclude(struct gate *g);

/* Takes the state as it is for right: what was found becomes the baseline, and is excused. */
int gate_accept(struct gate *g);

void gate_free(struct gate *g);

#endif
