/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Numbers as people read them.  For renderers and commands.  Nothing here fails.
 */
#ifndef TIDEMARK_BASE_UTIL_H
#define TIDEMARK_BASE_UTIL_H

#include <stddef.h>
#include <stdint.h>

/* Room for any of the texts below. */
struct util_text {
	char text[48];
};

struct util_text util_bytes(int64_t bytes);			 /* "312.0 MiB", "17 B" */
struct util_text util_count(int64_t count);			 /* "1,234,567" */
struct util_text util_counted(int64_t count, const char *thing); /* "1 block", "2 blocks" */
struct util_text util_duration(uint64_t us); /* "870 us", "1.24 s", "3 min 07 s" */
/* "1.5" or "1.5s", "800ms", "20us", "2min", "1h"; 0, or -EINVAL. */
int util_parse_duration(const char *text, uint64_t *us);

struct util_text util_percent(double part, double whole); /* "43.2 %", "-" of nothing */

/* a - b; the numbers of a damaged recording may be anything, and must not trap. */
int64_t util_minus(int64_t a, int64_t b);

/* Columns of the terminal behind the descriptor, 0 when it is none. */
unsigned util_columns(int fd);

/* The part after the last '/'. */
const char *util_basename(const char *path);

#endif
