/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Takes a recording apart and trusts nothing in it.  For the model, and for fuzzing.
 *
 * A recording is copied in, section by section, so that nobody can change or shorten it under the
 * reader.  Of one still being written the counts are taken first, the dependents' before those they
 * depend on; a record below its count whose bytes are all zero was being written.  After
 * reader_open():
 *   every record number in the file is smaller than its count, every string ends,
 *   a node's parent is smaller than the node and no stack is deeper than READER_DEPTH_MOST.
 * Errors: -EBADMSG for a recording that cannot be read, else what the system said; the fault says
 * in words what, where and what to do.
 */
#ifndef TIDEMARK_READER_READER_H
#define TIDEMARK_READER_READER_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "tidemark/profile.h"

#define READER_DEPTH_MOST 4096u

struct reader {
	struct tide_header header; /* its counts are those of the arrays below */
	uint64_t file_bytes;
	char *text;
	struct tide_module *modules;
	struct tide_frame *frames;
	struct tide_node *nodes;
	struct tide_site *sites;
	struct tide_record *records;
	struct tide_thread *threads;
	struct tide_code *codes;
	struct tide_leak *leaks; /* these three: NULL without a finished scan */
	struct tide_leak_block *leak_blocks;
	struct tide_holder *holders;
	struct tide_mark *marks;      /* these three: as many as header.times says */
	struct tide_history *history; /* record 0; the others are rows */
	struct tide_process *process;
	struct tide_mapping *mappings; /* these two: as many as header.mapped says */
	struct tide_range *ranges;
	struct tide_waste *wastes; /* as many as the header says; 0 is unused */
	struct tide_row *rows;
};

int reader_open(struct reader *r, const char *path, struct err *fault);
int reader_open_memory(struct reader *r, const void *data, size_t bytes, struct err *fault);
void reader_close(struct reader *r);

/* "" for an absent string. */
const char *reader_text(const struct reader *r, struct tide_text text);

#endif
