/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All that a verdict's renderers can see: which processes were judged, by which limits, what was
 * found and what was let pass.  Filled by check/, owned by cmd/, read by render/verdict/.
 * Strings and arrays belong to the verdict's arena.  In every process and for every class:
 *   what the scan found = found + suppressed, and of found, `excused` is in the baseline
 */
#ifndef TIDEMARK_VERDICT_H
#define TIDEMARK_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VERDICT_CLASSES 4 /* definite, indirect, possible, reachable, as in the view */

enum verdict_state {
	VERDICT_PASSED,
	VERDICT_FAILED,
	VERDICT_UNMEASURED, /* a limit could not be applied: never a pass */
	VERDICT_LEFT_OUT,   /* not asked for: only a limit or a process, never the whole */
};

struct verdict_amount {
	int64_t bytes;
	int64_t blocks;
};

struct verdict_frame {
	const char *function; /* NULL = unknown */
	const char *linkage;  /* its mangled name, NULL = none */
	const char *file;     /* below verdict.root without that, else whole; NULL = unknown */
	const char *module;   /* NULL = none */
	uint64_t offset;      /* in the module's file */
	uint32_t line;
	bool inlined;
	bool shown;  /* concerns the user */
	bool inside; /* the file lies below verdict.root */
};

/* One call stack of one process, whatever the addresses were. */
struct verdict_leak {
	struct verdict_amount found[VERDICT_CLASSES];
	struct verdict_amount excused[VERDICT_CLASSES];
	struct verdict_amount held; /* indirect ones lost by way of these */
	const struct verdict_frame *frames;
	size_t frame_count;
	const struct verdict_frame *where; /* what to point at: the user's own code; or NULL */
	const char *key;		   /* the stack without addresses and lines */
	uint64_t hash;			   /* of the key */
	size_t site;			   /* of the view, while it lasts: for check/ alone */
	unsigned worst;			   /* the class to name it by */
	bool fails;
};

struct verdict_rule {
	const char *name;    /* the option without dashes: max-definite, limit, max-growth */
	const char *subject; /* of limit the functions, of max-growth what grew; else NULL */
	const char *title;   /* of what the value is, for a sentence */
	const char *why;     /* for a sentence: where the limit comes from; NULL = as asked */
	uint64_t value;
	uint64_t most;
	uint64_t blocks; /* of a leak class */
	int leak_class;	 /* -1 = not about leaks */
	bool is_bytes;
	enum verdict_state state;
};

struct verdict_process {
	const char *program; /* path */
	const char *name;    /* a word for it: the program, or the script that it ran */
	const char *command; /* as one could type it */
	const char *recording;
	const char *end;    /* exited with status 0 */
	const char *why;    /* when unmeasured or left out: a clause */
	const char *remedy; /* when unmeasured: a sentence, or NULL */
	uint32_t pid;
	uint64_t start_unix_ns;
	uint64_t duration_us;
	enum verdict_state state;
	bool leaks_known;     /* the scan ran */
	bool new_to_baseline; /* growth is limited, and the baseline has no such program */
	struct verdict_rule *rules;
	size_t rule_count;
	struct verdict_leak *leaks; /* what fails first, then the largest */
	size_t leak_count;
	struct verdict_amount found[VERDICT_CLASSES];
	struct verdict_amount excused[VERDICT_CLASSES];
	struct verdict_amount suppressed[VERDICT_CLASSES];
	uint64_t peak_bytes;
	uint64_t live_bytes;
	uint64_t total_bytes;
	uint64_t calls;
};

struct verdict_suppression {
	const char *name;
	const char *file;
	const char *reason; /* of one that is built in */
	unsigned line;
	uint64_t leaks;
	uint64_t blocks;
	uint64_t bytes;
};

/* Programs that ran but are none of the gate's business. */
struct verdict_group {
	const char *name;
	size_t count;
};

struct verdict {
	const char *version;
	const char *root;      /* directory that file names are relative to */
	const char *selection; /* which programs are judged, a clause */
	const char *kept;      /* where the recordings are; NULL = nowhere any more */
	const char *program;   /* what was run; NULL for recordings given */
	const char *end;       /* how it ended, a clause */
	int status;	       /* of the program, as a shell has it */
	enum verdict_state state;
	struct verdict_process *processes; /* in the order of their start */
	size_t process_count;
	size_t judged;
	size_t failed;
	size_t unmeasured;
	struct verdict_group *left_out;
	size_t left_out_count;
	struct verdict_suppression *used;
	size_t used_count;
	struct verdict_suppression *unused;
	size_t unused_count;
	struct verdict_amount suppressed;
	const char *baseline; /* its file, or NULL */
	size_t healed;	      /* leaks of the baseline that are gone */
	const char *const *notes;
	size_t note_count;
};

#endif
