/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a recording holds as evidence of waste beside its sums: blocks grown in small steps, blocks
 * as large as one that was live, pages that were never touched.  record.c tells of reallocs that
 * grow and of large blocks; no other call comes here.  Hook-safe.
 *
 * A record that has such evidence has a struct tide_waste, made when there is some for the first
 * time; like the record it is written by the record's thread alone.
 */
#ifndef SRC_WASTE_H
#define SRC_WASTE_H

#include "thread.h"

#define WASTE_LARGE ((size_t)64 << 10) /* bytes of a block that is worth a look */

/* A large block has come by a call that makes one; or was moved or grown, and is no new one. */
void waste_came(struct thread *t, struct tide_record *record, uintptr_t address, size_t bytes);
void waste_kept(struct thread *t, struct tide_record *record, uintptr_t address, size_t bytes);

/* A large block is about to be freed; or may move. */
void waste_goes(struct thread *t, struct tide_record *record, uintptr_t address, size_t bytes);
void waste_moves(uintptr_t address, size_t bytes);

/* A block has been made larger. */
void waste_grew(struct thread *t, struct tide_record *record, uint32_t old_record, size_t old_bytes,
		size_t bytes, bool moved);

/* A large block is live at the end: for the leak scan, in its copy, which takes no records. */
void waste_at_end(uint32_t record, uintptr_t address, size_t bytes);

/* In a forked child: it has wasted nothing yet. */
void waste_after_fork(void);

#endif
