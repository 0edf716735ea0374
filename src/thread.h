/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What belongs to one thread: its memo, its records, its share of `live`, and room to work in.
 *
 * A thread finds its place through one initial-exec TLS word.  A place outlives its thread: a later
 * thread takes it over, records and all, so that blocks may name a record for ever.  A signal
 * handler that allocates in the middle of a hook works with a second place, the first one's
 * `nested`.
 *
 * `busy` holds the stack pointer of the hook that is at work, so that a hook left by longjmp out of
 * a signal handler is told from one that is merely interrupted.
 */
#ifndef SRC_THREAD_H
#define SRC_THREAD_H

#include "memo.h"

struct python_thread;

#define NODE_CHILDREN 4u

/* Some children of nodes that were made about the same time: 8 bits of a hash, and the number. */
struct node_children {
	uint32_t child[NODE_CHILDREN];
};

struct thread {
	uintptr_t busy; /* 0 = no hook at work here */
	uint32_t slot;	/* number in the recording's threads */
	int tid;
	struct tide_thread *file;
	int64_t pending_bytes; /* of live, not yet published */
	uintptr_t last_block;  /* of the last allocation, while it may be a temporary */
	uint64_t now_us;       /* since the start, when the clock was last read */
	uint32_t now_ms;
	uint32_t birth;	      /* the same, as blocks have it */
	uint32_t until_clock; /* events until the clock is read again */
	uint32_t clock_period;
	int64_t until_sample; /* bytes until the next block of the sample */
	uint64_t random;
	struct stack_bounds stack;
	struct memo memo;
	struct python_thread *python; /* NULL until Python runs in this thread */

	/*
	 * a site's innermost node -> this place's record, where nodes_record does not know it: open
	 * addressing, node << 32 | record
	 */
	uint64_t *records;
	uint32_t records_mask;
	uint32_t records_used;

	/* what was found lately: see nodes.c */
	struct node_children *children;
	uint32_t children_mask;
	uint32_t children_entered; /* since there is so much room */

	struct thread *nested;
	struct thread *next_dying;
	uint32_t state; /* enum thread_state */
	bool is_nested;

	struct walk walk;
	char memo_room[MEMO_FIRST_BYTES] __attribute__((aligned(64)));
};

enum thread_state { THREAD_ALIVE = 1, THREAD_DYING, THREAD_FREE };

OURS __thread struct thread *thread_self;

/* Before the first thread_enter: find the key whose destructor tells that a thread ends. */
void thread_begin(void);

/*
 * The place to work with for a hook whose frame is at `sp`: this thread's, the nested one if that
 * is at work, or NULL (counted).  Sets `busy`.
 */
struct thread *thread_enter_slow(uintptr_t sp);

static inline struct thread *thread_enter(uintptr_t sp)
{
	struct thread *t = thread_self;

	if (unlikely(!t || t->busy))
		return thread_enter_slow(sp);
	t->busy = sp;
	barrier();
	return t;
}

static inline void thread_leave(struct thread *t)
{
	barrier();
	t->busy = 0;
}

/* In `busy`: below it nothing is recorded. */
#define THREAD_HIDDEN UINTPTR_MAX

/*
 * Around calls out of the library (libc's own helpers, libunwind), which may allocate: hooks below
 * them record nothing.
 */
OURS __thread int thread_hidden;

static inline uintptr_t thread_hide(void)
{
	struct thread *t = thread_self;
	uintptr_t busy = t ? t->busy : 0;

	thread_hidden++;
	if (t)
		t->busy = THREAD_HIDDEN;
	return busy;
}

static inline void thread_show(uintptr_t busy)
{
	if (thread_self)
		thread_self->busy = busy;
	thread_hidden--;
}

/* In a forked child: all other threads are gone. */
void thread_after_fork(void);

/* While the real realloc has a block that is in no table: the block, else NULL. */
struct record_realloc;
OURS __thread const struct record_realloc *thread_moving;

/* Every place, of the thread that has, or had, it last; for the leak scan. */
typedef void thread_visit(void *context, const struct thread *t);
void thread_each(thread_visit *visit, void *context);

/* The number of this thread, for locks; cheap once it has a place. */
int thread_number(void);

/* Over all places: live blocks, and the bytes that are held back. */
int64_t thread_live_blocks(void);
int64_t thread_pending_bytes(void);

#endif
