/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All that a renderer can see of a report: facts, tables, a tree, a series.  Filled by analyze/,
 * owned by cmd/, read by render/.  Strings and arrays belong to whoever filled the view.
 * In every table: sum over rows + others + unmatched = sum.  Bytes as requested by the program.
 */
#ifndef TIDEMARK_VIEW_H
#define TIDEMARK_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VIEW_HISTOGRAM 8

enum view_by { VIEW_SITE, VIEW_FUNCTION, VIEW_LINE, VIEW_FILE, VIEW_MODULE, VIEW_THREAD };
enum view_sort {
	VIEW_PEAK,
	VIEW_LIVE,
	VIEW_TOTAL,
	VIEW_CALLS,
	VIEW_TEMPORARY,
	VIEW_OWN_PEAK,
	VIEW_LEAKED, /* definite, indirect and possible together */
	VIEW_DEFINITE,
	VIEW_INDIRECT,
	VIEW_POSSIBLE,
	VIEW_REACHABLE
};
enum view_shape { VIEW_TABLES, VIEW_TOP_DOWN, VIEW_BOTTOM_UP };

#define VIEW_LEAK_CLASSES 4

/* What a leak scan found: definite, indirect, possible, reachable; all 0 without one. */
struct view_leaks {
	int64_t bytes[VIEW_LEAK_CLASSES];
	int64_t blocks[VIEW_LEAK_CLASSES];
	int64_t held_bytes; /* indirect ones lost by way of the definite ones here */
	int64_t held_blocks;
};

struct view_sums {
	int64_t at_peak_bytes;
	int64_t at_peak_blocks;
	int64_t live_bytes;
	int64_t live_blocks;
	int64_t own_peak_bytes; /* the largest of the parts, no sum */
	uint64_t total_bytes;
	uint64_t calls;
	uint64_t temporaries;
	struct view_leaks leaks;
};

struct view_frame {
	uint64_t pc;
	uint64_t offset;	/* in the module's file */
	const char *module;	/* NULL = none */
	const char *build_id;	/* hexadecimal, "" = none */
	const char *function;	/* NULL = unknown */
	const char *linkage;	/* its mangled name, NULL = none */
	const char *file;	/* NULL = unknown */
	uint32_t line;		/* 0 = unknown */
	uint32_t first_line;	/* of a function of Python; 0 = unknown */
	uint32_t module_number; /* in view.modules, 0 = none */
	bool exact;		/* pc is the instruction itself, not a return address */
	bool inlined;
	bool guessed;
	bool python; /* the function and file of a script, not of machine code */
};

struct view_site {
	struct view_sums sums;
	const char *mapping; /* its kind, one word, when these are mappings; NULL: heap */
	uint32_t id;
	uint32_t first; /* in view.stack, innermost first */
	uint32_t count;
	uint32_t shown; /* where the frames begin that concern the user */
	uint32_t shown_count;
	uint32_t first_ms;
	uint32_t last_ms;
	int64_t at_peak_error_bytes; /* 0 = exact */
	uint32_t threads;	     /* places of threads that were here, each with a share */
	uint32_t first_share;	     /* in view.shares */
	bool cut;
	bool arena; /* its blocks are where Python keeps small objects, whosesoever */
	uint64_t histogram[VIEW_HISTOGRAM];
};

/* A line of a stack; a repeated run of `period` lines stands for recursion. */
struct view_line {
	uint32_t frame;
	uint32_t times;
	uint32_t period; /* set in the first line of a run that is repeated */
};

struct view_row {
	struct view_sums sums;
	const char *label;  /* of a group; NULL in a table of sites */
	const char *detail; /* more about the group, or NULL */
	const struct view_site *site;
	const struct view_thread *thread; /* of a group by thread */
	const struct view_line *lines;	  /* of a site */
	size_t line_count;
	const struct view_leak_block *blocks; /* in a table of a leak class: some of the blocks */
	size_t block_count;
	uint32_t sites;	     /* how many are in it */
	uint32_t alike;	     /* of these, that look the same and have a part in what is sorted by */
	int64_t error_bytes; /* of the bytes sorted by, from a sample; 0 = exact */
};

struct view_table {
	enum view_sort sort;
	uint32_t depth; /* lines of a stack to show */
	struct view_row *rows;
	size_t row_count;
	struct view_sums sum;
	struct view_sums others; /* matched, but below the limit */
	size_t others_count;
	struct view_sums unmatched; /* held back by the filter */
	size_t unmatched_count;
};

struct view_node {
	struct view_sums sums;
	uint32_t frame;
	uint32_t depth;
	bool last;	/* among its brothers */
	bool only;	/* has none, and stands right below its parent */
	bool is_others; /* the brothers that are not shown: `sites` of them */
	uint32_t sites;
};

struct view_point {
	uint64_t us;
	uint64_t live_bytes;
	uint64_t live_blocks;
	uint64_t rss_bytes; /* 0 = unknown */
};

struct view_module {
	const char *path;
	const char *build_id;
	uint64_t start;
	uint64_t end;
	uint64_t bias;
};

struct view_listing_line {
	uint32_t line;
	int64_t most_bytes; /* own peaks of its sites, added up */
	struct view_sums sums;
};

/* What the lines of a file hold; ascending by line. */
struct view_listing {
	const char *file; /* as in the frames */
	struct view_sums sums;
	struct view_listing_line *lines;
	size_t line_count;
	uint32_t first_line; /* of the function; 0 = unknown */
	bool python;
};

/* Lines of a source file that frames are in, one after the other. */
struct view_source {
	const char *file; /* as in the frames */
	uint32_t line;	  /* the first */
	uint32_t count;
	bool newer;	  /* the file changed after the recording began */
	const char *text; /* each ended by a newline */
};

/* The place of a thread, which may have been taken over by others after it. */
struct view_thread {
	uint32_t tid;
	uint32_t users;
	const char *name;
	const struct view_site *spawn;	      /* whose code began it; NULL = not known */
	const struct view_frame *spawn_frame; /* the line of that to name, or NULL */
	bool spawned_apart;		      /* some of the others were begun elsewhere */
	struct view_sums sums;		      /* of its shares */
};

/* What one thread did at one site.  Sum over a site's shares = the site's sums, but own peaks. */
struct view_share {
	struct view_sums sums;
	uint32_t thread; /* in view.threads */
};

struct view_count {
	const char *name;
	uint64_t value;
};

struct view_verify {
	uint64_t compared;
	uint64_t fresh;
	uint64_t differences;
	uint64_t stale;
	uint64_t unsure;
};

/* A link of what points to a block; outer leads to the root. */
struct view_holder {
	const char *kind; /* data, stack, register, tls, mapping, loader, block, cut */
	const struct view_holder *outer;
	const struct view_site *site; /* of a block; NULL outside the filter */
	const char *module;	      /* of data */
	const char *symbol;	      /* of data, or NULL */
	const char *thread;	      /* name, of what belongs to a thread */
	uint64_t symbol_offset;
	uint64_t address; /* of the pointer; of a block, its start */
	uint64_t offset;  /* of data in the module's file; of the pointer in a block */
	uint64_t bytes;	  /* of a block its size; see tidemark-profile(5) */
	uint32_t tid;
};

/* A block that was live at the scan. */
struct view_leak_block {
	const struct view_site *site; /* NULL outside the filter */
	const struct view_holder *holder;
	uint64_t address;
	uint64_t bytes;
	uint64_t held_bytes; /* what else is lost by way of it */
	uint32_t held_blocks;
	uint32_t birth_ms;
	uint32_t leak_class; /* as in view_leaks */
	uint64_t leader;     /* of an indirect one: address of the definite one, 0 = not known */
};

/* How the last leak scan went. */
struct view_scan {
	const char *state; /* one word */
	const char *why;   /* NULL when done; else why there are no results, a clause */
	const char *const *flags;
	size_t flag_count;
	uint64_t us; /* when */
	uint32_t took_us;
	uint32_t pause_us;
	uint32_t number;
	uint32_t since_ms;
	uint32_t threads;
	uint32_t unparked;
	bool on_demand; /* in the middle of the run: says nothing of what was lost later */
};

/* What one site held at one moment. */
struct view_part {
	uint32_t id;
	int64_t bytes;
	const struct view_site *site; /* NULL outside the filter */
};

/* Live bytes over time of the sites that were the largest; a column for each. */
struct view_column {
	uint32_t id;
	uint64_t since_us;	      /* before, it was among the others */
	const struct view_site *site; /* NULL outside the filter */
};

struct view_history_row {
	uint64_t us;
	int64_t live_bytes;
	const int64_t *bytes; /* of each column; the others have the rest */
};

#define VIEW_AREAS 7

/* What was live, by the sites that were the largest; the others have the rest. */
struct view_area_row {
	uint64_t us;
	int64_t live_bytes;
	const int64_t *bytes; /* sum <= live_bytes */
};

struct view_area {
	uint32_t id;
	const struct view_site *site; /* NULL outside the filter */
};

/* A row at each of the timeline's, at the peak and at the end; what the history does not say
 * is between what it does. */
struct view_areas {
	struct view_area sites[VIEW_AREAS]; /* the largest first */
	size_t count;
	struct view_area_row *rows;
	size_t row_count;
};

/* Recording was off. */
struct view_pause {
	uint64_t us;
	uint64_t until_us;
};

/* A moment with a name. */
struct view_mark {
	uint64_t us;
	int64_t live_bytes;
	int64_t live_blocks;
	int64_t peak_bytes; /* so far */
	uint64_t rss_bytes; /* 0 = unknown */
	const char *text;
	uint32_t tid;
	bool outside;		       /* given by somebody else, not by the program */
	const struct view_part *parts; /* the largest first; the others have the rest */
	size_t part_count;
};

/* The moment asked for; with `since` the parts are what has grown since that one, or
 * shrunk, then the most first. */
struct view_moment {
	const struct view_moment *since;
	uint64_t us;
	const char *text; /* of a mark, or NULL */
	int64_t live_bytes;
	const struct view_part *parts; /* as of a mark */
	size_t part_count;
};

struct view_sample {
	uint64_t us;
	uint64_t rss_bytes;
	uint64_t shared_bytes;
	uint64_t pss_bytes; /* 0 = not asked for, uss and swap neither */
	uint64_t uss_bytes;
	uint64_t swap_bytes;
	uint32_t threads;
	uint32_t processes; /* in a tree */
	bool late;	    /* more than half an interval */
};

/* A process as seen from outside; pid 0: the sum over the tree. */
struct view_series {
	uint32_t pid;
	uint32_t parent_pid;
	const char *name;
	uint64_t rss_peak_bytes;
	uint64_t interval_us;
	uint32_t late;
	uint32_t longest_ms;
	const struct view_sample *samples;
	size_t sample_count;
};

/*
 * What was resident, by kind: heap, free, mapped, file, stack and recorder add up to the RSS.
 */
struct view_account {
	uint64_t us;
	uint64_t rss_bytes;
	int64_t live_bytes; /* of the heap, as asked for */
	int64_t blocks;
	uint64_t heap_bytes;   /* of these resident, at most */
	uint64_t absent_bytes; /* the rest: never touched, or swapped out */
	uint64_t free_bytes;   /* other anonymous memory: the allocator's own, or free */
	uint64_t mapped_bytes; /* anonymous memory that the program mapped itself */
	uint64_t file_bytes;
	uint64_t stack_bytes;
	uint64_t recorder_bytes;
};

enum view_advice_kind {
	VIEW_ADVICE_COPY,
	VIEW_ADVICE_GROWTH,
	VIEW_ADVICE_CHURN,
	VIEW_ADVICE_HELD,
	VIEW_ADVICE_UNTOUCHED,
	VIEW_ADVICE_GROWS,
	VIEW_ADVICE_KINDS
};

/* Waste that the recording proves, and what could be done about it. */
struct view_advice {
	enum view_advice_kind kind;
	bool in_source; /* a copy only if the line of source says so, which source/ finds out */
	const char *language;
	const struct view_frame *frame;	 /* the line */
	const struct view_frame *caller; /* for whom; NULL: whoever calls */
	const struct view_site *site;	 /* the largest of the line's */
	const char *evidence;
	const char *action;
	int64_t bytes; /* wasted at the peak, or in all */
	double share;  /* how much of the whole it is about; the larger, the sooner told */
};

/* The interpreter that was met. */
struct view_python {
	const char *version; /* NULL = none */
	const char *stacks;  /* one word each */
	const char *objects;
	const char *words; /* for people: how its objects count */
};

/* Copied: it ran when the recording was copied, and so do its numbers stand. */
enum view_alive { VIEW_ALIVE_UNKNOWN, VIEW_ALIVE, VIEW_GONE, VIEW_COPIED };

struct view_facts {
	const char *version;
	const char *path;
	const char *program;
	const char *const *args;
	size_t arg_count;
	const char *cwd;
	const char *host;
	const char *state; /* running, exited, execed, died */
	enum view_alive alive;
	const char *const *options;
	size_t option_count;
	const char *const *flags;
	size_t flag_count;
	int status;
	uint32_t pid;
	uint32_t parent_pid;
	uint32_t forked_from;
	uint32_t threads_most;
	uint64_t sample_bytes; /* 0 = everything was recorded */
	uint64_t paused_us;
	const struct view_pause *pauses; /* in order of time */
	size_t pause_count;
	uint64_t start_unix_ns;
	uint64_t duration_us;
	int64_t peak_bytes;
	uint64_t peak_us;
	int64_t peak_error_bytes;
	uint64_t rss_peak_bytes;
	uint64_t inherited_bytes;
	uint64_t inherited_blocks;
	struct view_sums sum;
	size_t site_count; /* of the recording */
	const struct view_count *drops;
	size_t drop_count;
	struct view_verify verify;
	struct view_python python;
	struct view_scan scan;
	const struct view_leaks *leaks; /* NULL: no scan has run, and scan.why says why */
};

struct view {
	struct view_facts facts;
	const char *const *warnings; /* whole sentences, the gravest first */
	size_t warning_count;
	enum view_by by;
	enum view_shape shape;
	enum view_sort tree_sort;

	struct view_frame *frames; /* each distinct one once */
	size_t frame_count;
	uint32_t *stack;	 /* numbers of frames */
	struct view_site *sites; /* in the order asked for */
	size_t site_count;
	struct view_site *spawns; /* where threads were begun; no sums */
	size_t spawn_count;
	struct view_site *mappings; /* by kind and site, apart from the heap; the largest first */
	size_t mapping_count;
	bool counts_mappings;	       /* those that are part of the peak are sites, too */
	size_t site_limit;	       /* how many of them a machine-readable report lists */
	const struct view_row *groups; /* NULL by site */
	size_t group_count;
	struct view_table *tables;
	size_t table_count;
	struct view_node *nodes; /* of a tree, each before its children */
	size_t node_count;
	const struct view_point *points;
	size_t point_count;
	uint64_t interval_us;
	const struct view_module *modules; /* the first is none */
	size_t module_count;
	const struct view_column *columns; /* of the history */
	size_t column_count;
	const struct view_history_row *history;
	size_t history_count;
	uint64_t history_interval_us;
	struct view_areas areas; /* of these; count 0: none */
	const struct view_mark *marks;
	size_t mark_count;
	uint32_t marks_dropped;
	const struct view_moment *moment; /* NULL: none was asked for */
	const struct view_series *series;
	size_t series_count;
	const struct view_account *account;	   /* at the largest RSS seen; NULL = none */
	const struct view_leak_block *leak_blocks; /* by site and class, the largest first */
	size_t leak_block_count;
	const struct view_source *sources; /* none: not asked for, or not readable */
	size_t source_count;
	struct view_listing *listings; /* when asked for, the file that holds most first */
	size_t listing_count;
	size_t listing_limit;
	const char *listing_function; /* of this function alone; NULL: whole files */
	struct view_advice *advice;   /* the largest effect first */
	size_t advice_count;
	size_t advice_limit; /* how many of them to show */
	const struct view_thread *threads;
	size_t thread_count;
	const struct view_share *shares; /* site by site */
	size_t share_count;
};

#endif
