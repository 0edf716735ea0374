/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The profile file ("recording"): the one thing that the preloaded library and the command share.
 *
 * The library maps the file shared and works in it, so the file is complete at every instant: a
 * reader may open it while the program runs, and finds it whole after SIGKILL.  All numbers are
 * little-endian and of fixed width, all references are numbers of records and never pointers.
 *
 * Layout: the file is a sequence of chunks of TIDE_CHUNK_BYTES.
 *   chunk 0   struct tide_header, then the timeline at TIDE_TIMELINE_OFFSET
 *   chunk 1   the chunk table: one uint32_t a chunk, TIDE_CHUNK_OWNER(section, ordinal)
 *   others    each belongs to one section; the chunk with ordinal K of a section of records of S
 *             bytes holds the records K * (TIDE_CHUNK_BYTES / S) and following
 * A record never straddles two chunks.  Several threads add records at once: one whose bytes are
 * all zero, below the count, was being written when the file was read, and is to be passed over.
 *
 * tidemark-profile(5) describes the format for people who write their own reader.
 */
#ifndef TIDEMARK_PROFILE_H
#define TIDEMARK_PROFILE_H

#include <stddef.h>
#include <stdint.h>

#define TIDE_MAGIC   "TIDEMARK"
#define TIDE_VERSION 1u

#define TIDE_CHUNK_BYTES    65536u
#define TIDE_CHUNKS_MAX	    (TIDE_CHUNK_BYTES / 4) /* what one chunk of table can describe: 1 GiB */
#define TIDE_FILE_MAX_BYTES ((uint64_t)TIDE_CHUNK_BYTES * TIDE_CHUNKS_MAX)

#define TIDE_TIMELINE_OFFSET 4096u
#define TIDE_TIMELINE_ROWS   1024u

#define TIDE_CHUNK_OWNER(section, ordinal) ((uint32_t)(section) << 24 | (uint32_t)(ordinal))
#define TIDE_OWNER_SECTION(owner)	   ((uint32_t)(owner) >> 24)
#define TIDE_OWNER_ORDINAL(owner)	   ((uint32_t)(owner)&0xffffffu)

enum tide_section {
	TIDE_SECTION_NONE,
	TIDE_SECTION_TEXT,    /* strings, each ended by NUL, none across a chunk; by byte offset */
	TIDE_SECTION_MODULES, /* struct tide_module */
	TIDE_SECTION_FRAMES,  /* struct tide_frame */
	TIDE_SECTION_NODES,   /* struct tide_node */
	TIDE_SECTION_SITES,   /* struct tide_site */
	TIDE_SECTION_RECORDS, /* struct tide_record */
	TIDE_SECTION_THREADS, /* struct tide_thread */
	TIDE_SECTION_LEAKS,   /* struct tide_leak, parallel to the sites; absent without a scan */
	TIDE_SECTION_LEAK_BLOCKS, /* struct tide_leak_block */
	TIDE_SECTION_HOLDERS,	  /* struct tide_holder */
	TIDE_SECTION_MARKS,	  /* struct tide_mark */
	TIDE_SECTION_HISTORY,	  /* record 0: struct tide_history; others: tide_history_row */
	TIDE_SECTION_PROCESS,	  /* struct tide_process; written by the command, at the end */
	TIDE_SECTION_MAPPINGS,	  /* struct tide_mapping */
	TIDE_SECTION_CODES,	  /* struct tide_code */
	TIDE_SECTION_RANGES,	  /* struct tide_range */
	TIDE_SECTION_WASTE,	  /* struct tide_waste */
	TIDE_SECTIONS
};

enum tide_state {
	TIDE_RUNNING = 1, /* or ended without a word: see the pid */
	TIDE_EXITED,	  /* end_status holds what was given to exit */
	TIDE_EXECED,	  /* the process went on as another program */
	TIDE_DIED,	  /* end_status holds the signal; set by the command, who saw it */
};

/* Why something is missing from the books; each reason has its own counter. */
enum tide_drop {
	TIDE_DROP_FILE_FULL,	/* the file reached its size limit: stacks went to site 0 */
	TIDE_DROP_NO_SPACE,	/* the disk is full, or a limit forbids more */
	TIDE_DROP_NO_MEMORY,	/* no memory for the library's own tables */
	TIDE_DROP_REENTRANT,	/* an event inside the library on this very thread */
	TIDE_DROP_TOO_LARGE,	/* a block of 1 TiB or more */
	TIDE_DROP_LOCKED_DOWN,	/* would have needed a system call after seccomp */
	TIDE_DROP_BLOCKS_FULL,	/* the block table could not take the block */
	TIDE_DROP_UNKNOWN_FREE, /* a free of a block that was never seen: ignored */
	TIDE_DROP_MISSED_FREE,	/* a block returned twice by malloc: its free was not seen */
	TIDE_DROP_STACK_CUT,	/* a site with a stack deeper than the limit: cut */
	TIDE_DROP_INTERRUPTED,	/* a cell being written by another thread at fork */
	TIDE_DROPS = 16
};

enum tide_file_flag {
	TIDE_FLAG_FORKED = 1u << 0,	    /* began as a fork: inherited blocks are in the books */
	TIDE_FLAG_VERIFY = 1u << 1,	    /* stacks were compared with libunwind's */
	TIDE_FLAG_LOCKED_DOWN = 1u << 2,    /* seccomp was entered */
	TIDE_FLAG_THREADED = 1u << 3,	    /* more than one thread was seen */
	TIDE_FLAG_SEALED = 1u << 4,	    /* cut to its used size */
	TIDE_FLAG_FOREIGN_MALLOC = 1u << 5, /* the next malloc is not the C library's */
	TIDE_FLAG_PAUSED = 1u << 6,	    /* recording was off for some of the time */
	TIDE_FLAG_RSS_IS_PEAK = 1u << 7, /* timeline rows hold the peak RSS so far, not the RSS */
	TIDE_FLAG_FRAME_POINTERS = 1u << 8, /* stacks by frame pointers alone, as asked */
	TIDE_FLAG_SNAPSHOT = 1u << 9,	    /* a copy that the command made while the program ran */
};

/* Whether Python's frames are in the stacks, and if not, why. */
enum tide_python {
	TIDE_PYTHON_NONE,	   /* no interpreter was met */
	TIDE_PYTHON_FOUND,	   /* one was met, but none of its code on a stack yet */
	TIDE_PYTHON_ON,		   /* its frames are in the stacks */
	TIDE_PYTHON_ASKED_OFF,	   /* the user asked for native frames alone */
	TIDE_PYTHON_UNKNOWN,	   /* a version whose frames are not known */
	TIDE_PYTHON_FREE_THREADED, /* built without the interpreter lock */
	TIDE_PYTHON_DEBUG_BUILD,   /* built for debugging: other frames */
	TIDE_PYTHON_MISFIT,	   /* the self-test failed: its frames are not as expected */
};

/* How its objects count. */
enum tide_python_objects {
	TIDE_OBJECTS_UNKNOWN,
	TIDE_OBJECTS_ARENAS, /* not at all: what they lie in does, if it comes from malloc */
	TIDE_OBJECTS_EACH,   /* each is a block */
	TIDE_OBJECTS_MALLOC, /* each is a call of malloc by itself */
	TIDE_OBJECTS_LATER,  /* each is a block but those that were made at the very start */
};

/* A string or a run of strings in the text section. */
struct tide_text {
	uint32_t offset;
	uint32_t bytes; /* without the last NUL; 0 = absent */
};

/*
 * What every hook looks at before anything else.  The low half says how it is to record; the high
 * half holds requests, set by the command from outside with an atomic or, cleared by the library
 * when it serves them at the program's next call.
 */
enum tide_control {
	TIDE_CONTROL_OFF = 1u << 0,	/* new blocks are not recorded; frees of known ones are */
	TIDE_CONTROL_SAMPLED = 1u << 1, /* one block every sample_bytes, with its weight */
	TIDE_CONTROL_PEAK = 1u << 2,	/* the program watches a peak of its own */
	TIDE_CONTROL_TURN_ON = 1u << 16,
	TIDE_CONTROL_TURN_OFF = 1u << 17,
	TIDE_CONTROL_SCAN = 1u << 18,	   /* look for leaks now */
	TIDE_CONTROL_MARK = 1u << 19,	   /* note mark_text in the timeline */
	TIDE_CONTROL_TICK = 1u << 20,	   /* write a row of the timeline, if one is due */
	TIDE_CONTROL_SCAN_MORE = 1u << 31, /* the library's own: go on with it */
	TIDE_CONTROL_REQUESTS = 0xffffu << 16,
};

#define TIDE_MARK_BYTES 96

/*
 * The words that say where the process stands against its peak.  Kept on cache lines of their own:
 * every hook reads them.
 */
struct tide_pulse {
	int64_t live_bytes;  /* as published: each thread may hold back up to batch_bytes */
	int64_t peak_bytes;  /* the largest live_bytes so far */
	uint32_t epoch;	     /* raised when live rises above the peak after having fallen since */
	uint32_t fallen;     /* live has fallen, or changed below the peak, in this epoch */
	int64_t batch_bytes; /* how much one thread may hold back; 0 with one thread */
	int64_t error_bytes; /* the largest threads x batch so far: bound for peak and at-peak */
	uint64_t peak_us;    /* when the peak was reached, since the start */
	uint64_t now_us;     /* last reading of the clock, since the start */
	uint32_t threads;    /* alive, as far as known */
	uint32_t control;    /* enum tide_control; 0 = record everything */
};

/* What the last leak scan came to.  Kept in the file: do not renumber. */
enum tide_scan_state {
	TIDE_SCAN_NONE,	       /* none was begun: the program runs, or ended without a chance */
	TIDE_SCAN_DONE,	       /* its results are whole */
	TIDE_SCAN_RUNNING,     /* begun; results are none yet, or the process died over it */
	TIDE_SCAN_OFF,	       /* not wanted: TIDEMARK_LEAKS=0 */
	TIDE_SCAN_LOCKED_DOWN, /* would have needed system calls after seccomp */
	TIDE_SCAN_NO_MEMORY,   /* no memory for its index of blocks */
	TIDE_SCAN_NO_SPACE,    /* the recording had no room for its results */
	TIDE_SCAN_NO_MAPS,     /* /proc/self/maps could not be read */
	TIDE_SCAN_TIMED_OUT,   /* took longer than allowed and was ended */
	TIDE_SCAN_FAILED,      /* the scanner died */
	TIDE_SCAN_NO_COPY,     /* neither could the process be copied nor all threads stopped */
	TIDE_SCAN_WITHHELD,    /* on demand: the program keeps memory from copies of itself */
	TIDE_SCAN_STATES
};

enum tide_scan_flag {
	TIDE_SCAN_ON_DEMAND = 1u << 0, /* in the middle of a run; else at its end */
	TIDE_SCAN_IN_PLACE = 1u << 1,  /* no copy could be made: memory may have moved under it */
	TIDE_SCAN_HOLDERS = 1u << 2,   /* who holds the reachable blocks was asked for */
	TIDE_SCAN_LOOSE = 1u << 3,     /* blocks are missing from the books: all of malloc's memory
					  counted as roots, so leaks may have been missed */
	TIDE_SCAN_SAMPLED = 1u << 4,   /* more lost blocks than LEAK_BLOCKS has */
};

/* Written by the scan; state last, and RUNNING before anything else is touched. */
struct tide_scan {
	uint32_t state; /* enum tide_scan_state */
	uint32_t flags; /* enum tide_scan_flag */
	uint64_t us;	/* when it began, since the start */
	uint32_t took_us;
	uint32_t pause_us; /* of these, the program stood still */
	uint32_t number;   /* raised with each scan begun */
	uint32_t since_ms; /* blocks born before are not in the results; 0: all are */
	uint32_t threads;  /* beside the scanning one */
	uint32_t unparked; /* of these, whose registers could not be seen */
	uint32_t sites;	   /* records in the three sections, 0 included */
	uint32_t blocks;
	uint32_t holders;
	uint32_t since_asked_ms; /* since_ms of the next scan, set by the command */
};

/* The sections about time; 0 as long as there is nothing. */
struct tide_times {
	uint32_t marks; /* records of the section, 0 included */
	uint32_t marks_dropped;
	uint32_t history; /* the same; rows and one */
	uint32_t process; /* the same */
	uint64_t history_interval_us;
	uint64_t recorder_bytes; /* of private memory that the library itself has mapped */
};

/* What mmap gave, as long as munmap has not taken it back; bytes are whole pages. */
enum tide_mapping_kind {
	TIDE_MAPPING_ANONYMOUS, /* private, readable or writable */
	TIDE_MAPPING_FILE,	/* of a file */
	TIDE_MAPPING_SHARED,	/* memory that processes share: anonymous, memfd, tmpfs */
	TIDE_MAPPING_ARENA,	/* an interpreter's, where it keeps objects */
	TIDE_MAPPING_ALLOCATOR, /* taken by the malloc in use, for blocks */
	TIDE_MAPPING_RESERVED,	/* private address space: PROT_NONE or MAP_NORESERVE */
	TIDE_MAPPING_KINDS,
	TIDE_MAPPING_KINDS_MOST = 8
};

struct tide_mapped {
	uint32_t mappings; /* records of the sections, 0 included */
	uint32_t ranges;
	uint32_t counted; /* bit of each kind that is part of live and of the peak */
	uint32_t reserved;
	int64_t live_bytes[TIDE_MAPPING_KINDS_MOST]; /* by kind */
};

struct tide_header {
	uint8_t magic[8];
	uint32_t version;
	uint32_t header_bytes;
	uint32_t chunk_bytes;
	uint32_t page_bytes;
	uint32_t state; /* enum tide_state */
	int32_t end_status;
	uint32_t pid;
	uint32_t parent_pid;
	uint32_t flags; /* enum tide_file_flag */
	uint32_t chunks_used;
	uint64_t file_max_bytes;
	uint64_t start_unix_ns; /* wall clock at the start */
	uint64_t end_us;	/* since the start; 0 while running */

	/* Numbers given out so far, 0 included: record 0 of frames, nodes and modules is never
	 * used; site 0 is where stacks go that found no place. */
	uint32_t text_bytes;
	uint32_t modules;
	uint32_t frames;
	uint32_t nodes;
	uint32_t sites;
	uint32_t records;
	uint32_t threads;
	uint32_t timeline_rows;
	uint64_t timeline_interval_us;

	struct tide_text exe;
	struct tide_text args; /* argv, each ended by NUL */
	struct tide_text cwd;
	struct tide_text host;
	struct tide_text options;   /* TIDEMARK_… variables in force, each ended by NUL */
	struct tide_text allocator; /* path of the module that holds the next malloc */

	uint32_t depth_max;
	uint32_t forked_from;  /* pid of the recorded parent, when TIDE_FLAG_FORKED */
	uint64_t sample_bytes; /* mean distance of samples; 0: every allocation */
	uint64_t rss_peak_bytes;
	uint64_t rss_now_bytes; /* written by the command while it watches; 0 = unknown */

	uint64_t drops[TIDE_DROPS];

	/* TIDEMARK_VERIFY */
	uint64_t verified;	     /* stacks compared with unw_backtrace */
	uint64_t verified_fresh;     /* stacks compared with an uncached unw_step walk */
	uint64_t verify_differences; /* differing from the fresh walk */
	uint64_t verify_cache_stale; /* differing from unw_backtrace, equal to the fresh walk */
	uint64_t verify_unsure;	     /* of these, compared only up to code without unwind tables */

	/* How captures were answered. */
	uint64_t memo_misses;
	uint64_t rules_taught;

	struct tide_scan scan; /* all 0 until one is begun */

	uint64_t inherited_bytes; /* live at the fork that began this process */
	uint64_t inherited_blocks;

	uint32_t threads_most;	  /* that allocate or free, at a time */
	uint32_t requests_served; /* how often the library has cleared requests */
	uint64_t paused_us;	  /* recording was off for so long, the present pause not counted */
	uint64_t pause_began_us;  /* of the present or last pause */
	uint8_t mark_text[TIDE_MARK_BYTES]; /* with TIDE_CONTROL_MARK; ended by NUL */

	uint32_t codes;		 /* records given out, 0 included: see above */
	uint32_t python_state;	 /* enum tide_python */
	uint32_t python_version; /* 0x030b02f0 = 3.11.2; 0 = none met */
	uint32_t python_objects; /* enum tide_python_objects */

	struct tide_times times;
	struct tide_mapped mapped;

	uint32_t wastes; /* records given out, 0 included; 0: none */
	uint8_t reserved[4];
	_Alignas(64) struct tide_pulse pulse;
};

struct tide_module {
	uint64_t start; /* mapped range in the program */
	uint64_t end;
	uint64_t bias; /* address in the program - address in the file */
	uint32_t path; /* offset in the text section */
	uint32_t build_id_bytes;
	uint8_t build_id[32];
	uint32_t seen_ms;     /* since the start, when first met on a stack */
	uint32_t unloaded_ms; /* 0 = not known to be unloaded */
	uint32_t flags;
	uint32_t reserved;
};

enum tide_frame_flag {
	TIDE_FRAME_EXACT = 1u << 0, /* pc is where the code was interrupted, not a return address */
	TIDE_FRAME_GUESSED = 1u << 1, /* found by frame pointers: the caller had no unwind table */
	TIDE_FRAME_PYTHON = 1u << 2,  /* pc is TIDE_PYTHON_PC of a code and a line */
};

#define TIDE_PYTHON_PC(code, line) ((uint64_t)(code) << 32 | (uint32_t)(line))
#define TIDE_PYTHON_CODE(pc)	   ((uint32_t)((pc) >> 32))
#define TIDE_PYTHON_LINE(pc)	   ((uint32_t)(pc))

/* One distinct (pc, module); module 0 = outside every module (code made at run time, Python). */
struct tide_frame {
	uint64_t pc;
	uint32_t module;
	uint32_t flags;
};

/* The stacks as a tree; parent is the caller, 0 the root. */
struct tide_node {
	_Alignas(8) uint32_t parent;
	uint32_t frame;
};

enum tide_site_flag {
	TIDE_SITE_CUT = 1u << 0,    /* the outer frames are missing */
	TIDE_SITE_SHARED = 1u << 1, /* used by more than one thread: see shared_high */
	TIDE_SITE_EVAL = 1u << 2,   /* cut on purpose, where the Python frames begin */
	TIDE_SITE_ARENA = 1u << 3,  /* its blocks are arenas, where Python keeps objects */
};

struct tide_site {
	uint32_t reserved;
	uint32_t first_record; /* of the thread that met the site first */
	uint32_t node;	       /* innermost frame */
	uint16_t depth;
	uint16_t flags;
	int64_t shared_live; /* sums published by the threads, once there are several */
	int64_t shared_high;
};

#define TIDE_RECORD_SHARED 0x80000000u
#define TIDE_HISTOGRAM	   8 /* sizes up to 16, 128, 1 Ki, 8 Ki, 64 Ki, 512 Ki, 4 Mi, above */

/*
 * What one thread did at one site; written by that thread alone.  A site's value is the sum over
 * its records; live values of one record may be negative (freed here, allocated elsewhere).
 *   at-peak = snap_epoch == pulse.epoch ? snap : live
 */
struct tide_record {
	int64_t live_bytes;
	int64_t live_blocks;
	uint64_t total_bytes;
	uint64_t calls;
	int64_t high_bytes; /* own peak; stands still once the site is shared */
	uint32_t thread;
	uint32_t number; /* this record's own */
	int64_t snap_bytes;
	uint32_t snap_epoch;
	uint32_t site; /* | TIDE_RECORD_SHARED */
	/* second cache line */
	int64_t snap_blocks;
	int64_t published; /* how much of live_bytes the site's shared_live holds */
	uint64_t temporaries;
	uint32_t first_ms; /* first and last allocation, since the start; 2^32-1 = later */
	uint32_t last_ms;
	uint32_t histogram[TIDE_HISTOGRAM];
};

/*
 * Evidence of waste, of those records that have some; written by the record's thread alone.  Large
 * is a block of 64 KiB or more.  Counters of 32 bits stop at their largest value.
 */
struct tide_waste {
	uint32_t record;      /* whose */
	uint32_t grown;	      /* reallocs that made a block larger */
	uint32_t grown_again; /* of these, of blocks that this site had made or grown before */
	uint32_t freed_ms;    /* when a large one was first freed since one was made; 0: none */
	uint64_t grown_from_bytes; /* sizes before and after growing, added up */
	uint64_t grown_to_bytes;
	uint64_t moved_bytes; /* sizes before, of those that got another address */
	uint64_t twin_bytes; /* of large blocks made while one as large was live, within 64 bytes */
	uint32_t twins;
	uint32_t twin_site;	  /* of the one as large, the last time */
	uint32_t seen_pages;	  /* of large blocks looked at when they ended: some of them */
	uint32_t untouched_pages; /* of these, neither in memory nor swapped out then */
};

/* A thread's place; a thread that is gone leaves it to a later one, sums and all. */
struct tide_thread {
	uint32_t tid;
	uint32_t users; /* how many threads have had this place */
	uint8_t name[16];
	int64_t live_blocks;
	uint32_t spawn_site;	/* of the pthread_create that began it, 0 = not known */
	uint32_t spawned_apart; /* 1: others before it in this place were begun elsewhere */
	uint8_t reserved[24];
};

/* A Python function, module body or class body; known by its content, never by an address. */
struct tide_code {
	uint32_t function; /* qualified where the interpreter has it; offset in the text section */
	uint32_t file;	   /* the same; 0 = unknown */
	uint32_t first_line;
	uint32_t flags; /* 0 */
};

/*
 * The mappings of one kind that one site made.  None of the site's records counts them: where the
 * kind is counted, this is a part of live beside the records, at-peak by the same rule.
 */
struct tide_mapping {
	int64_t live_bytes;
	int64_t live_ranges;
	uint64_t total_bytes;
	uint64_t calls; /* of mmap, and of mremap where it grew or moved one */
	int64_t high_bytes;
	int64_t snap_bytes;
	int64_t snap_ranges;
	uint32_t snap_epoch;
	uint32_t site; /* 0 = not known */
	uint32_t kind; /* enum tide_mapping_kind */
	uint32_t first_ms;
	uint32_t last_ms;
	uint32_t reserved;
};

/* A live range of addresses, in no order; start 0 = not in use.  The kernel may have more. */
struct tide_range {
	uint64_t start;
	uint64_t end;
	uint32_t mapping; /* number in MAPPINGS */
	uint32_t kind;	  /* that mapping's */
};

/* In Memcheck's sense, told by a scan of memory. */
enum tide_leak_class {
	TIDE_LEAK_DEFINITE,  /* nothing points to it */
	TIDE_LEAK_INDIRECT,  /* only blocks that are lost themselves point to it */
	TIDE_LEAK_POSSIBLE,  /* only by way of a pointer into the middle of a block */
	TIDE_LEAK_REACHABLE, /* by way of pointers to the starts of blocks */
	TIDE_LEAK_CLASSES
};

/* The blocks of one site that were live at the scan, by class. */
struct tide_leak {
	uint64_t bytes[TIDE_LEAK_CLASSES];
	uint64_t blocks[TIDE_LEAK_CLASSES];
	uint64_t held_bytes; /* indirect ones lost by way of this site's definite ones */
	uint64_t held_blocks;
};

/* One block that was live at the scan: a few of each site, the largest, then the oldest. */
struct tide_leak_block {
	uint64_t address;
	uint64_t bytes;
	uint64_t held_bytes; /* of a definite one: what else is lost by way of it */
	uint32_t held_blocks;
	uint32_t birth_ms; /* since the start; 2^32-1 = later */
	uint32_t site;
	uint32_t leak_class; /* enum tide_leak_class */
	uint32_t leader;     /* of an indirect one: the number of the definite one, if listed */
	uint32_t holder;     /* number in HOLDERS of what points to it, 0 = not recorded */
};

enum tide_holder_kind {
	TIDE_HOLDER_CUT,      /* more links than are recorded */
	TIDE_HOLDER_BLOCK,    /* where = site, bytes = its size */
	TIDE_HOLDER_DATA,     /* where = module, address - bias = place in its file */
	TIDE_HOLDER_STACK,    /* where = tid, bytes = distance above its stack pointer if known */
	TIDE_HOLDER_REGISTER, /* where = tid, bytes = number of the register in DWARF */
	TIDE_HOLDER_TLS,      /* where = tid; of thread-local variables or keys */
	TIDE_HOLDER_MAPPING,  /* memory of others: mmap, shared memory */
	TIDE_HOLDER_LOADER,   /* the dynamic linker, which made the block */
	TIDE_HOLDER_KINDS
};

#define TIDE_HOLDER_LINKS 64 /* a longer chain is cut in its middle */

/* One link from a root to a block.  The outer one has a smaller number; the root has none. */
struct tide_holder {
	uint64_t address; /* of the pointer; in a block, of the block's start */
	uint64_t bytes;
	uint32_t kind;	/* enum tide_holder_kind */
	uint32_t outer; /* what points to this block, 0 = this is a root */
	uint32_t where;
	uint32_t offset; /* of the pointer in the block */
};

struct tide_row {
	uint64_t us; /* since the start */
	uint64_t live_bytes;
	uint64_t live_blocks;
	uint64_t rss_bytes; /* 0 = unknown */
};

/*
 * Live bytes by site over time, for the sites that were the largest: a fixed number of columns and
 * rows.  Of two neighbouring rows the one with more live memory stays when the rows are used up.
 * What a row does not name is live_bytes less the sum of its columns.
 */
#define TIDE_HISTORY_SITES 30
#define TIDE_HISTORY_ROWS  256 /* record 0 included: one chunk */

/* Whose column it is, and since when; before, a site that was there has gone to the others. */
struct tide_history {
	uint32_t site[TIDE_HISTORY_SITES]; /* 0 = free */
	uint32_t since_ms[TIDE_HISTORY_SITES];
	uint8_t reserved[16];
};

struct tide_history_row {
	uint64_t us;	    /* since the start */
	int64_t live_bytes; /* the sum over all sites, counted with the columns */
	int64_t bytes[TIDE_HISTORY_SITES];
};

#define TIDE_MARKS_MOST 1024 /* 0 included; later ones are counted and dropped */

enum tide_mark_flag {
	TIDE_MARK_OUTSIDE = 1u << 0, /* asked for by the command */
	TIDE_MARK_OFF = 1u << 1,     /* recording is off from here */
	TIDE_MARK_ON = 1u << 2,	     /* and on again; with no OFF before, it was off at first */
};

/* A moment that the program, or somebody outside, gave a name; or recording was turned. */
struct tide_mark {
	uint64_t us; /* since the start */
	int64_t live_bytes;
	int64_t live_blocks;
	int64_t peak_bytes; /* so far */
	uint64_t rss_bytes; /* 0 = unknown */
	uint32_t text;	    /* offset in the text section */
	uint32_t tid;	    /* of the thread that was there */
	uint32_t flags;	    /* enum tide_mark_flag */
	uint8_t reserved[12];
	uint32_t site[TIDE_HISTORY_SITES]; /* the largest at that moment, 0 = none */
	uint32_t reserved2[22];
	int64_t bytes[TIDE_HISTORY_SITES];
};

enum tide_process_kind {
	TIDE_PROCESS_SERIES = 1, /* of a process, or of the whole tree; its samples follow */
	TIDE_PROCESS_SAMPLE,
	TIDE_PROCESS_ACCOUNT, /* what the memory was made of, once */
	TIDE_PROCESS_KINDS
};

#define TIDE_PROCESS_LATE 1u /* the tick came more than half an interval late */

/* What the command saw of processes from outside, as records of one size. */
struct tide_process {
	uint32_t kind;
	uint32_t number; /* of samples that follow; of threads; of live blocks */
	union {
		struct {
			uint32_t pid; /* 0: the sum over the tree */
			uint32_t parent_pid;
			uint8_t name[16];
			uint64_t rss_peak_bytes;
			uint64_t interval_us; /* between samples, after halving */
			uint32_t late;	      /* ticks that came late */
			uint32_t longest_ms;  /* between two ticks */
			uint64_t reserved;
		} series;
		struct {
			uint64_t us; /* since the recording's start */
			uint64_t rss_bytes;
			uint64_t shared_bytes; /* of these, files and shared memory */
			uint64_t pss_bytes; /* 0 = not asked for at this tick; the next two too */
			uint64_t uss_bytes;
			uint64_t swap_bytes;
			uint32_t processes;
			uint32_t flags;
		} sample;
		struct {
			uint64_t us;
			int64_t live_bytes; /* of the heap, resident or not */
			uint64_t rss_bytes;
			uint64_t anonymous_bytes; /* resident, stacks not counted */
			uint64_t file_bytes;
			uint64_t stack_bytes;
			uint64_t recorder_bytes;
			uint64_t mapped_bytes; /* of the anonymous ones, in ranges of the program */
		} account;
	};
};

_Static_assert(sizeof(struct tide_text) == 8, "tide_text");
_Static_assert(sizeof(struct tide_pulse) == 64, "tide_pulse");
_Static_assert(offsetof(struct tide_header, pulse) % 64 == 0, "pulse on its own lines");
_Static_assert(sizeof(struct tide_header) <= TIDE_TIMELINE_OFFSET, "header in one page");
_Static_assert(TIDE_TIMELINE_OFFSET + TIDE_TIMELINE_ROWS * sizeof(struct tide_row) <=
		       TIDE_CHUNK_BYTES,
	       "timeline in chunk 0");
_Static_assert(sizeof(struct tide_module) == 80, "tide_module");
_Static_assert(sizeof(struct tide_frame) == 16, "tide_frame");
_Static_assert(sizeof(struct tide_node) == 8, "tide_node");
_Static_assert(sizeof(struct tide_site) == 32, "tide_site");
_Static_assert(sizeof(struct tide_record) == 128, "tide_record");
_Static_assert(sizeof(struct tide_waste) == 64, "tide_waste");
_Static_assert(sizeof(struct tide_thread) == 64, "tide_thread");
_Static_assert(sizeof(struct tide_scan) == 56, "tide_scan");
_Static_assert(offsetof(struct tide_header, scan) == 376, "tide_scan in its place");
_Static_assert(sizeof(struct tide_leak) == 80, "tide_leak");
_Static_assert(sizeof(struct tide_leak_block) == 48, "tide_leak_block");
_Static_assert(sizeof(struct tide_holder) == 32, "tide_holder");
_Static_assert(sizeof(struct tide_code) == 16, "tide_code");
_Static_assert(sizeof(struct tide_mapped) == 80, "tide_mapped");
_Static_assert(sizeof(struct tide_mapping) == 80, "tide_mapping");
_Static_assert(sizeof(struct tide_range) == 24, "tide_range");
_Static_assert(sizeof(struct tide_row) == 32, "tide_row");
_Static_assert(sizeof(struct tide_times) == 32, "tide_times");
_Static_assert(sizeof(struct tide_history) == 256, "tide_history");
_Static_assert(sizeof(struct tide_history_row) == 256, "tide_history_row");
_Static_assert(sizeof(struct tide_mark) == 512, "tide_mark");
_Static_assert(sizeof(struct tide_process) == 72, "tide_process");

/*
 * What the command tells the library, and what a user may set beside LD_PRELOAD.  `tidemark run`
 * has one option for each.
 */
#define TIDE_ENV_OUTPUT		"TIDEMARK_OUTPUT" /* file name; %p pid, %h host, %n program, %% */
#define TIDE_ENV_DEPTH		"TIDEMARK_DEPTH"  /* frames kept of a stack, 1 to TIDE_DEPTH_MOST */
#define TIDE_ENV_VERIFY		"TIDEMARK_VERIFY" /* 1: compare every stack with libunwind's */
#define TIDE_ENV_MAX_SIZE	"TIDEMARK_MAX_SIZE"	  /* largest recording; K, M, G */
#define TIDE_ENV_CHILDREN	"TIDEMARK_CHILDREN"	  /* 0: do not record forked children */
#define TIDE_ENV_FRAME_POINTERS "TIDEMARK_FRAME_POINTERS" /* 1: walk by frame pointers alone */
#define TIDE_ENV_LEAKS		"TIDEMARK_LEAKS"	  /* 0: do not look for leaks at the end */
#define TIDE_ENV_LEAKS_HOLDERS	"TIDEMARK_LEAKS_HOLDERS"  /* 1: record who holds the rest */
#define TIDE_ENV_LEAKS_TIME	"TIDEMARK_LEAKS_TIME"	  /* most seconds for the scan */
#define TIDE_LEAKS_TIME_DEFAULT 60u
#define TIDE_ENV_SAMPLE		"TIDEMARK_SAMPLE"	  /* bytes between samples; K, M, G */
#define TIDE_ENV_MMAP		"TIDEMARK_MMAP"		  /* 1: mappings are in live and peak */
#define TIDE_ENV_START_AFTER	"TIDEMARK_START_AFTER"	  /* seconds without recording; 0.5 */
#define TIDE_ENV_PYTHON_STACKS	"TIDEMARK_PYTHON_STACKS"  /* python, merged, leaf or no */
#define TIDE_ENV_PYTHON_OBJECTS "TIDEMARK_PYTHON_OBJECTS" /* yes, no or malloc */
#define TIDE_ENV_PYTHON_LAYOUT	"TIDEMARK_PYTHON_LAYOUT"  /* 3.12: take the interpreter for that */
#define TIDE_OUTPUT_DEFAULT	"tidemark.%n.%p.tide"
#define TIDE_DEPTH_DEFAULT	128u
#define TIDE_DEPTH_MOST		1024u

#endif
