/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a recording says, folded per site and free of the file format.  Filled by model_load(), read
 * by symbolize/, analyze/ and cmd/.
 *   sum over sites of at_peak_bytes = the process's peak, within peak_error_bytes
 *   sum over sites of live_bytes    = what is live, exactly
 * Errors: those of the reader.  Bytes are as requested by the program, times since its start.
 */
#ifndef TIDEMARK_READER_MODEL_H
#define TIDEMARK_READER_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define MODEL_HISTOGRAM	     8
#define MODEL_BUILD_ID_BYTES 32

enum model_state { MODEL_RUNNING, MODEL_EXITED, MODEL_EXECED, MODEL_DIED };

enum model_flag {
	MODEL_FORKED = 1u << 0,
	MODEL_VERIFY = 1u << 1,
	MODEL_LOCKED_DOWN = 1u << 2,
	MODEL_THREADED = 1u << 3,
	MODEL_SEALED = 1u << 4,
	MODEL_FOREIGN_MALLOC = 1u << 5,
	MODEL_PAUSED = 1u << 6,
	MODEL_RSS_IS_PEAK = 1u << 7,
	MODEL_FRAME_POINTERS = 1u << 8,
	MODEL_SNAPSHOT = 1u << 9,
};

enum model_drop {
	MODEL_FILE_FULL,
	MODEL_NO_SPACE,
	MODEL_NO_MEMORY,
	MODEL_REENTRANT,
	MODEL_TOO_LARGE,
	MODEL_DROP_LOCKED_DOWN,
	MODEL_BLOCKS_FULL,
	MODEL_UNKNOWN_FREE,
	MODEL_MISSED_FREE,
	MODEL_STACK_CUT,
	MODEL_INTERRUPTED,
	MODEL_DROPS
};

/* In Memcheck's sense, told by a scan of the process's memory. */
enum model_leak {
	MODEL_DEFINITE,	 /* nothing points to it */
	MODEL_INDIRECT,	 /* only lost blocks point to it */
	MODEL_POSSIBLE,	 /* only by way of a pointer into the middle of a block */
	MODEL_REACHABLE, /* still pointed to */
	MODEL_LEAKS
};

struct model_leaks {
	uint64_t bytes[MODEL_LEAKS];
	uint64_t blocks[MODEL_LEAKS];
	uint64_t held_bytes; /* indirect ones lost by way of the definite ones here */
	uint64_t held_blocks;
};

/* The numbers are those of enum tide_scan_state. */
enum model_scan_state {
	MODEL_SCAN_NONE,
	MODEL_SCAN_DONE,
	MODEL_SCAN_RUNNING,
	MODEL_SCAN_OFF,
	MODEL_SCAN_LOCKED_DOWN,
	MODEL_SCAN_NO_MEMORY,
	MODEL_SCAN_NO_SPACE,
	MODEL_SCAN_NO_MAPS,
	MODEL_SCAN_TIMED_OUT,
	MODEL_SCAN_FAILED,
	MODEL_SCAN_NO_COPY,
	MODEL_SCAN_WITHHELD,
	MODEL_SCAN_STATES
};

enum model_scan_flag {
	MODEL_SCAN_ON_DEMAND = 1u << 0,
	MODEL_SCAN_IN_PLACE = 1u << 1,
	MODEL_SCAN_HOLDERS = 1u << 2,
	MODEL_SCAN_LOOSE = 1u << 3, /* blocks missing from the books: leaks may have been missed */
	MODEL_SCAN_SAMPLED = 1u << 4, /* not every lost block is in leak_blocks */
};

/* The last leak scan; leaks, leak_blocks and holders are empty unless it is done. */
struct model_scan {
	enum model_scan_state state;
	uint32_t flags;
	uint64_t us; /* when it began */
	uint32_t took_us;
	uint32_t pause_us;
	uint32_t number;
	uint32_t since_ms; /* blocks born before are left out */
	uint32_t threads;
	uint32_t unparked; /* threads whose registers could not be seen */
};

/* One block of those live at the scan; a few of each site. */
struct model_leak_block {
	uint64_t address;
	uint64_t bytes;
	uint64_t held_bytes; /* what else is lost by way of a definite one */
	uint32_t held_blocks;
	uint32_t birth_ms;
	uint32_t site;
	enum model_leak leak_class;
	uint32_t leader; /* of an indirect one: the definite one, 0 = not listed */
	uint32_t holder; /* what points to it, 0 = not recorded */
};

/* The numbers are those of enum tide_holder_kind. */
enum model_holder_kind {
	MODEL_HOLDER_CUT,
	MODEL_HOLDER_BLOCK,    /* where = site */
	MODEL_HOLDER_DATA,     /* where = module */
	MODEL_HOLDER_STACK,    /* where = tid, bytes = distance above its stack pointer */
	MODEL_HOLDER_REGISTER, /* where = tid, bytes = DWARF number */
	MODEL_HOLDER_TLS,      /* where = tid */
	MODEL_HOLDER_MAPPING,
	MODEL_HOLDER_LOADER,
	MODEL_HOLDER_KINDS
};

/* A link of the chain from a root to a block; outer is the next one towards the root, 0 there. */
struct model_holder {
	uint64_t address;
	uint64_t bytes;
	uint64_t offset; /* of the pointer in the block */
	enum model_holder_kind kind;
	uint32_t outer; /* smaller than this one's own number */
	uint32_t where;
};

/* How Python's objects count. */
enum model_objects {
	MODEL_OBJECTS_UNKNOWN,
	MODEL_OBJECTS_ARENAS,
	MODEL_OBJECTS_EACH,
	MODEL_OBJECTS_MALLOC,
	MODEL_OBJECTS_LATER, /* each, but those of the very start */
};

/* Whether Python's frames are in the stacks, and if not, why. */
enum model_python {
	MODEL_PYTHON_NONE,
	MODEL_PYTHON_FOUND,
	MODEL_PYTHON_ON,
	MODEL_PYTHON_ASKED_OFF,
	MODEL_PYTHON_UNKNOWN,
	MODEL_PYTHON_FREE_THREADED,
	MODEL_PYTHON_DEBUG_BUILD,
	MODEL_PYTHON_MISFIT,
};

/* Additive counters, of a site, of a thread at a site, of a group. */
struct model_sums {
	int64_t at_peak_bytes;
	int64_t at_peak_blocks;
	int64_t live_bytes;
	int64_t live_blocks;
	uint64_t total_bytes;
	uint64_t calls;
	uint64_t temporaries;
};

/* What a site made; beside the heap: one more than enum tide_mapping_kind. */
enum model_made {
	MODEL_HEAP,
	MODEL_ANONYMOUS,
	MODEL_FILE,
	MODEL_SHARED,
	MODEL_ARENA,
	MODEL_ALLOCATOR,
	MODEL_RESERVED,
	MODEL_MADE
};

/* What hints at waste; large is a block of 64 KiB or more. */
struct model_waste {
	uint64_t grown;	      /* reallocs that made a block larger */
	uint64_t grown_again; /* of these, of blocks this site had made or grown before */
	uint64_t grown_from_bytes;
	uint64_t grown_to_bytes;
	uint64_t moved_bytes; /* of blocks that got another address as they grew */
	uint64_t twins;	      /* large blocks made while one as large was live */
	uint64_t twin_bytes;
	uint64_t seen_pages; /* of large blocks, looked at when these ended */
	uint64_t untouched_pages;
	uint32_t freed_ms;  /* when a large one was first freed since one was made; 0: none */
	uint32_t twin_site; /* of the one as large, the last time */
};

struct model_site {
	struct model_sums sums;
	int64_t own_peak_bytes; /* a lower bound when several threads used the site */
	uint32_t node;		/* innermost frame */
	uint32_t threads;	/* places of threads that were here */
	uint32_t first_ms;
	uint32_t last_ms;
	bool cut;	      /* the outer frames are missing */
	bool arena;	      /* its blocks are those in which Python keeps objects */
	bool used;	      /* a part of live and of the peak */
	enum model_made made; /* if not the heap, blocks are ranges of addresses */
	uint64_t histogram[MODEL_HISTOGRAM];
	struct model_leaks leaks; /* all 0 without a scan */
	struct model_waste waste;
};

/* One thread at one site. */
struct model_share {
	struct model_sums sums;
	uint32_t site;
	uint32_t thread;
};

struct model_module {
	uint64_t start;
	uint64_t end;
	uint64_t bias;
	const char *path;
	uint8_t build_id[MODEL_BUILD_ID_BYTES];
	uint32_t build_id_bytes;
};

/* Module 0 = none. */
struct model_frame {
	uint64_t pc;
	uint32_t module;
	uint32_t code; /* of Python, 0 = machine code */
	uint32_t line; /* of a code */
	bool exact;    /* pc is the instruction itself, not a return address */
	bool guessed;  /* found without an unwind table */
};

/* A Python function, module body or class body; NULL = unknown. */
struct model_code {
	const char *function;
	const char *file;
	uint32_t first_line;
};

/* Parent is the caller, 0 = none; a parent's number is smaller than its children's. */
struct model_node {
	uint32_t parent;
	uint32_t frame;
};

/* The place of a thread, and of others after it. */
struct model_thread {
	uint32_t tid;
	uint32_t users;
	uint32_t spawn_site; /* where the last one was begun, 0 = not known */
	bool spawned_apart;  /* others before it elsewhere */
	char name[17];
};

struct model_row {
	uint64_t us;
	uint64_t live_bytes;
	uint64_t live_blocks;
	uint64_t rss_bytes; /* 0 = unknown */
};

#define MODEL_HISTORY_SITES 30

/* Live bytes of the sites that were the largest; what no column names is the others'. */
struct model_history_row {
	uint64_t us;
	int64_t live_bytes;
	int64_t bytes[MODEL_HISTORY_SITES];
};

struct model_history {
	uint32_t site[MODEL_HISTORY_SITES];	/* 0 = no column */
	uint64_t since_us[MODEL_HISTORY_SITES]; /* before, it was among the others */
	uint64_t interval_us;
	struct model_history_row *rows; /* in order of time */
	size_t row_count;
};

/* A moment with a name. */
struct model_mark {
	uint64_t us;
	int64_t live_bytes;
	int64_t live_blocks;
	int64_t peak_bytes; /* so far */
	uint64_t rss_bytes; /* 0 = unknown */
	const char *text;
	uint32_t tid;
	bool outside;	 /* given by somebody else */
	bool turned_off; /* recording is off from here; on again */
	bool turned_on;
	uint32_t site[MODEL_HISTORY_SITES]; /* 0 = none */
	int64_t bytes[MODEL_HISTORY_SITES];
};

struct model_sample {
	uint64_t us;
	uint64_t rss_bytes;
	uint64_t shared_bytes;
	uint64_t pss_bytes; /* 0 = not asked for, uss and swap neither */
	uint64_t uss_bytes;
	uint64_t swap_bytes;
	uint32_t threads;
	uint32_t processes; /* in a tree */
	bool late;
};

/* A process as seen from outside, or the sum over the tree with pid 0. */
struct model_series {
	uint32_t pid;
	uint32_t parent_pid;
	char name[17];
	uint64_t rss_peak_bytes;
	uint64_t interval_us;
	uint32_t late;
	uint32_t longest_ms;
	struct model_sample *samples; /* in model.samples */
	size_t sample_count;
};

/* What was resident, by kind, and the live heap then. */
struct model_account {
	uint64_t us;
	int64_t live_bytes;
	uint32_t blocks;
	uint64_t rss_bytes;
	uint64_t anonymous_bytes; /* stacks and the recorder not counted */
	uint64_t file_bytes;
	uint64_t stack_bytes;
	uint64_t recorder_bytes;
	uint64_t mapped_bytes; /* of the anonymous ones, what the program mapped itself */
};

struct model_verify {
	uint64_t compared;
	uint64_t fresh;
	uint64_t differences;
	uint64_t stale;
	uint64_t unsure;
};

struct model {
	const char *program;
	const char **args;
	size_t arg_count;
	const char *cwd;
	const char *host;
	const char **options;
	size_t option_count;
	const char *allocator; /* module that holds the next malloc */
	enum model_state state;
	int end_status;
	uint32_t pid;
	uint32_t parent_pid;
	uint32_t forked_from;
	uint32_t flags;
	uint32_t page_bytes;
	uint32_t depth_max;
	uint32_t threads_most;
	enum model_python python;
	uint32_t python_version; /* 0x030b02f0 = 3.11.2; 0 = none met */
	enum model_objects python_objects;
	uint64_t sample_bytes;
	uint64_t paused_us;	 /* recording was off for so long */
	uint64_t pause_began_us; /* the last time */
	bool is_paused;		 /* it still was at the end */
	uint64_t start_unix_ns;
	uint64_t duration_us;
	uint64_t interval_us; /* of the timeline */
	uint64_t rss_peak_bytes;
	uint64_t inherited_bytes;
	uint64_t inherited_blocks;
	int64_t peak_bytes;
	uint64_t peak_us;
	int64_t peak_error_bytes;
	uint64_t drops[MODEL_DROPS];
	struct model_verify verify;
	struct model_sums sums; /* over all sites */
	struct model_scan scan;
	struct model_leaks leaks; /* over all sites */

	struct model_module *modules; /* 0 is unused, in frames and nodes too */
	size_t module_count;
	struct model_frame *frames;
	size_t frame_count;
	struct model_code *codes;
	size_t code_count;
	struct model_node *nodes;
	size_t node_count;
	struct model_site *sites; /* 0 = stacks that found no place */
	size_t site_count;
	size_t mapping_first; /* the sites from here on are those of mappings, of one kind each */
	bool counts_mappings;
	struct model_share *shares;
	size_t share_count;
	struct model_thread *threads;
	size_t thread_count;
	struct model_row *rows;
	size_t row_count;
	struct model_leak_block *leak_blocks; /* 0 is unused, in holders too */
	size_t leak_block_count;
	struct model_holder *holders;
	size_t holder_count;

	struct model_history history;
	struct model_mark *marks;
	size_t mark_count;
	uint32_t marks_dropped;
	struct model_series *series;
	size_t series_count;
	struct model_sample *samples;
	size_t sample_count;
	struct model_account *accounts;
	size_t account_count;

	char *text; /* what the strings above point into */
};

struct reader;

int model_load(struct model *m, const char *path, struct err *fault);
/* Of a recording already open; it stays open. */
int model_fold(struct model *m, const struct reader *r);
void model_free(struct model *m);

/* to += what, without overflow traps: the numbers of a damaged file may be anything. */
void model_add(struct model_sums *to, const struct model_sums *what);
void model_add_leaks(struct model_leaks *to, const struct model_leaks *what);

#endif
