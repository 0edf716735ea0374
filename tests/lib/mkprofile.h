/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes recordings for tests, in memory or as a file, so that no binary lies in the sources.
 * Called by tests/unit and tests/fuzz.  Aborts when memory runs out.
 *
 *	struct mkprofile mk;
 *	mk_init(&mk);
 *	frame = mk_frame(&mk, 0x1234, mk_module(&mk, "/bin/x", 0x1000, 0x2000, 0x1000));
 *	site = mk_site(&mk, mk_node(&mk, 0, frame));
 *	mk_record(&mk, site, 0)->live_bytes = 100;
 *	data = mk_finish(&mk, &bytes);
 *	mk_free(&mk);
 */
#ifndef TIDEMARK_TESTS_MKPROFILE_H
#define TIDEMARK_TESTS_MKPROFILE_H

#include <stddef.h>
#include <stdint.h>

#include "tidemark/profile.h"

struct mk_section {
	char *items;
	size_t count;
	size_t room;
	size_t item_bytes;
};

struct mkprofile {
	struct tide_header header; /* change it at will before mk_finish(); counts are filled in */
	struct mk_section sections[TIDE_SECTIONS];
	struct tide_row rows[TIDE_TIMELINE_ROWS];
	size_t row_count;
};

/* An exited process with a name, one thread and the overflow site. */
void mk_init(struct mkprofile *mk);
struct tide_text mk_text(struct mkprofile *mk, const char *text, size_t bytes);
uint32_t mk_module(struct mkprofile *mk, const char *path, uint64_t start, uint64_t end,
		   uint64_t bias);
/* A file of this machine, with its build-id, mapped at `bias`. */
uint32_t mk_elf_module(struct mkprofile *mk, const char *path, uint64_t bias);
uint32_t mk_frame(struct mkprofile *mk, uint64_t pc, uint32_t module);
uint32_t mk_node(struct mkprofile *mk, uint32_t parent, uint32_t frame);
uint32_t mk_site(struct mkprofile *mk, uint32_t node);
uint32_t mk_thread(struct mkprofile *mk, uint32_t tid, const char *name);
/* Valid until the next call. */
struct tide_record *mk_record(struct mkprofile *mk, uint32_t site, uint32_t thread);
struct tide_mark *mk_mark(struct mkprofile *mk, uint64_t us, const char *text);
void mk_column(struct mkprofile *mk, uint32_t slot, uint32_t site);
struct tide_history_row *mk_history(struct mkprofile *mk, uint64_t us, int64_t live_bytes);
struct tide_process *mk_process(struct mkprofile *mk, uint32_t kind);
/* Of a record by its number; the first of them is 0. */
struct tide_waste *mk_waste(struct mkprofile *mk, uint32_t record);

/* Of one range; valid until the next call. */
struct tide_mapping *mk_mapping(struct mkprofile *mk, uint32_t site, uint32_t kind, uint64_t start,
				uint64_t bytes);
/* History, marks, processes and mappings for mk_sample(). */
void mk_sample_times(struct mkprofile *mk);
void mk_row(struct mkprofile *mk, uint64_t us, uint64_t live_bytes, uint64_t rss_bytes);
/* The leak scan's findings; each is valid until the next call of its kind. */
struct tide_leak *mk_leaks(struct mkprofile *mk, uint32_t site);
struct tide_leak_block *mk_leak_block(struct mkprofile *mk, uint32_t site, uint32_t leak_class);
uint32_t mk_holder(struct mkprofile *mk, uint32_t kind, uint32_t where, uint32_t outer);
void *mk_item(struct mkprofile *mk, enum tide_section section, uint32_t number);

/* The whole file; to be freed. */
void *mk_finish(struct mkprofile *mk, size_t *bytes);
void mk_write(struct mkprofile *mk, const char *path);
void mk_free(struct mkprofile *mk);

/* A small recording with a bit of everything. */
void mk_sample(struct mkprofile *mk);
/* The sample after a leak scan, with blocks and holders. */
void mk_sample_leaks(struct mkprofile *mk);

#endif
