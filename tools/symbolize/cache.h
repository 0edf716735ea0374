/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Answers of earlier reports, one file for each build-id: address -> function, file, line and
 * inlined chain, nothing else.  For symbolize.c.  A file that is damaged or foreign counts as
 * absent; a write that fails leaves the old file.  Errors of both are no errors of the report.
 */
#ifndef TIDEMARK_SYMBOLIZE_CACHE_H
#define TIDEMARK_SYMBOLIZE_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "symbolize/answers.h"

#define CACHE_FILE_MOST_BYTES  (96u << 20)
#define CACHE_TOTAL_MOST_BYTES (512ull << 20)

struct cache_key {
	const char *directory;
	const uint8_t *build_id;
	uint32_t build_id_bytes;
};

/* has_lines: whether debug information was there when the answers were made. */
int cache_load(const struct cache_key *key, struct answers *answers, bool *has_lines);
int cache_save(const struct cache_key *key, const struct answers *answers, bool has_lines);
/* Removes the files used longest ago until the rest is small enough. */
void cache_trim(const char *directory, uint64_t total_most_bytes);

#endif
