/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The library's core brought up inside a unit test, without its hooks: a recording in a directory
 * of the test's own, tables empty.
 */
#ifndef TESTS_CORE_H
#define TESTS_CORE_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "blocks.h"
#include "config.h"
#include "modules.h"
#include "peak.h"
#include "profile.h"
#include "thread.h"
#include "timeline.h"

static inline void core_begin(void)
{
	static char directory[] = "/tmp/tidemark-core-XXXXXX";
	char output[128];

	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(output, sizeof(output), "%s/%%n.%%p.tide", directory);
	setenv("TIDEMARK_OUTPUT", output, 1);
	config_read();
	peak_begin();
	modules_begin();
	ck_assert_int_eq(profile_create(sys_gettid()), 0);
	ck_assert_int_eq(blocks_begin(sys_gettid()), 0);
	timeline_begin();
	thread_begin();
}

static inline void core_end(void)
{
	char *slash = strrchr(profile.path, '/');

	unlink(profile.path);
	*slash = 0;
	rmdir(profile.path);
}

/* xorshift: the same sequence in every run. */
static inline uint64_t core_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

#endif
