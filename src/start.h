/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Is this process being recorded?  One word on a page that the kernel wipes at fork answers: no
 * child, however it was made, ever writes its parent's file.
 *
 * Recording starts at the first hooked call or in the constructor, whichever comes first.
 */
#ifndef SRC_START_H
#define SRC_START_H

#include "sys.h"

enum armed {
	ARMED_NOT_YET, /* a new image, or a forked child */
	ARMED_ON,
	ARMED_OFF, /* for good: not wanted, or impossible */
	ARMED_STARTING,
};

OURS union armed_page {
	uint32_t word;
	char page[4096];
} start_armed;

bool start_slow(void);

static inline bool start_on(void)
{
	return likely(start_armed.word == ARMED_ON) || start_slow();
}

/*
 * Where recording must not begin: is it going on, or would it in this forked child?  Then it does.
 */
bool start_again(void);

static inline bool start_on_already(void)
{
	return likely(start_armed.word == ARMED_ON) || start_again();
}

/* The process ends, or becomes another program: nothing of this image follows. */
void start_end(int status);

/* quick_exit was called: the end comes when its handlers have run. */
void start_quick_end(int status);

/* abort was called. */
void start_abort(void);

/* exec was asked for; and it failed. */
void start_exec(void);
void start_exec_failed(void);

/* The program limits its address space. */
void start_limit_memory(void);

/* The program is about to give up system calls. */
void start_lock_down(void);
void start_lock_down_failed(void);

#endif
