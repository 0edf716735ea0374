/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The Python frames of the calling thread as a node of the recording's tree of stacks.
 *
 * The frames met last are kept, outermost first, each with the node that it led to.  A frame whose
 * address, code, position and identity of the code (codes.h) are as they were, below frames of
 * which that holds too, has the same node.  So a stack costs a few words a frame to compare, and
 * only what has changed is looked up: first among recent (caller's node, code, position), then in
 * the recording.
 *
 * Hook-safe; memory comes with a thread's first Python frame.
 */
#ifndef SRC_PYTHON_STACK_H
#define SRC_PYTHON_STACK_H

#include "python/codes.h"
#include "thread.h"

#define PYTHON_DEPTH_MOST   TIDE_DEPTH_MOST
#define PYTHON_NODES	    2048u
#define PYTHON_MARKS	    512u
#define PYTHON_PLACES	    64u
#define PYTHON_READS	    256u
#define PYTHON_JOINTS_FIRST 1024u
#define PYTHON_JOINTS_MOST  (64u << 10)
#define PYTHON_QUICKS	    1024u
#define PYTHON_QUICK_WORDS  18u

/* As it stands in memory. */
struct python_seen {
	uintptr_t frame;
	uintptr_t code;
	uint64_t position;
};

struct python_known {
	struct python_seen seen;
	uint64_t mark;
	uint32_t node;
	uint32_t tide_frame;
	uint32_t generation; /* in which the mark was right; 0 = it must be made again */
};

/* The mark of a code in a generation. */
struct python_marked {
	uintptr_t code;
	uint64_t mark;
	uint32_t generation;
};

/* A step inward in the tree. */
struct python_step {
	uint64_t mark; /* 0 = none */
	uintptr_t code;
	uint64_t position;
	uint32_t parent;
	uint32_t node;
	uint32_t tide_frame;
};

/* Whether a file is of the standard library. */
struct python_place {
	uint64_t mark; /* of its name; 0 = none */
	bool is_library;
};

/* A stack of machine code and a stack of Python, put together. */
struct python_joint {
	uint64_t key; /* see join.h */
	struct tide_record *record;
};

/* See quick.h. */
struct python_quick {
	uintptr_t cfa; /* 0 = none */
	uint64_t sum;
	struct tide_record *record;
	uint16_t count;
	int16_t words[PYTHON_QUICK_WORDS]; /* from the stack pointer */
} __attribute__((aligned(64)));

_Static_assert(sizeof(struct python_quick) == 64, "a line");

struct python_thread {
	uintptr_t self; /* pthread_self */
	uint32_t depth; /* of `known` */
	uint32_t now_depth;
	bool cut;	      /* the last stack was deeper than the limit */
	uint64_t outer_chain; /* of all `known` but the innermost; 0 = not to be compared */
	uint32_t joints_mask;
	uint32_t joints_misses;
	uint32_t joints_until_look;
	struct python_joint *joints;
	size_t joints_bytes; /* mapped; 0 = the first ones */
	struct python_names names;
	struct python_seen now[PYTHON_DEPTH_MOST];    /* innermost first */
	struct python_known known[PYTHON_DEPTH_MOST]; /* outermost first */
	struct python_marked marks[PYTHON_MARKS];
	struct python_place places[PYTHON_PLACES];
	struct python_read reads[PYTHON_READS];
	struct python_step steps[PYTHON_NODES];
	struct python_joint joints_first[PYTHON_JOINTS_FIRST];
	struct python_quick quick[PYTHON_QUICKS];
};

/* The node of the innermost Python frame; 0 = no Python here, or none that can be told. */
uint32_t python_stack(struct thread *t, uintptr_t state);

/* The thread is over: what it used goes back. */
void python_thread_ends(struct thread *t);

#endif
