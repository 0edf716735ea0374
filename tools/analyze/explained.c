/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "analyze/explained.h"

#include "base/buf.h"
#include "base/util.h"

#define SMALL_BYTES (64u << 20) /* of such a process nobody asks */
#define SMALL_PART  5		/* the heap is less than one in so many */

const struct model_account *explained_account(const struct model *m)
{
	const struct model_account *most = NULL;

	for (size_t i = 0; i < m->account_count; i++) {
		if (!most || m->accounts[i].rss_bytes > most->rss_bytes)
			most = &m->accounts[i];
	}
	return most;
}

enum part { PART_MAPPED, PART_REST, PART_FILES, PART_STACKS, PARTS };

static const struct {
	const char *words;
	const char *advice;
} parts[PARTS] = {
	[PART_MAPPED] = { "mapped with mmap",
			  "the table of mappings says who did that, and recorded with --mmap they "
			  "are part of the peak" },
	[PART_REST] = { "taken from the system without malloc or mmap",
			"most likely an allocator is linked into the program, which brk or system "
			"calls of its own serve: link it as a shared library, or build the program "
			"with the C library's malloc, and record again" },
	[PART_FILES] = { "mapped files", "tidemark ps --maps PID lists them while it runs" },
	[PART_STACKS] = { "stacks", "fewer threads, or smaller stacks, would save that" },
};

static void sort_out(const struct model_account *a, uint64_t *bytes)
{
	uint64_t live = a->live_bytes > 0 ? (uint64_t)a->live_bytes : 0;
	uint64_t rest = a->anonymous_bytes - a->mapped_bytes;

	bytes[PART_MAPPED] = a->mapped_bytes;
	bytes[PART_REST] = rest > live ? rest - live : 0;
	bytes[PART_FILES] = a->file_bytes;
	bytes[PART_STACKS] = a->stack_bytes;
}

static void add_parts(struct buf *b, const struct model_account *a)
{
	uint64_t bytes[PARTS];
	enum part most = PART_MAPPED, i;

	sort_out(a, bytes);
	for (i = 0; i < PARTS; i++) {
		if (bytes[i] > bytes[most])
			most = i;
	}
	buf_puts(b, "Of the rest ");
	for (i = 0; i < PARTS; i++) {
		if (bytes[i] >= a->rss_bytes / 20)
			buf_printf(b, "%s %s, ", util_bytes((int64_t)bytes[i]).text,
				   parts[i].words);
	}
	b->bytes -= 2;
	buf_printf(b, ": %s", parts[most].advice);
}

const char *explained_doubt(struct arena *arena, const struct model *m)
{
	const struct model_account *a = explained_account(m);
	const char *words;
	struct buf b = { 0 };

	if (m->rss_peak_bytes < SMALL_BYTES || m->peak_bytes < 0 ||
	    (uint64_t)m->peak_bytes > m->rss_peak_bytes / SMALL_PART)
		return NULL;
	buf_printf(&b, "the heap seen here is %s of the %s the process had in memory. ",
		   util_percent((double)m->peak_bytes, (double)m->rss_peak_bytes).text,
		   util_bytes((int64_t)m->rss_peak_bytes).text);
	if (a && a->rss_bytes > m->rss_peak_bytes / 2)
		add_parts(&b, a);
	else
		buf_puts(&b, "The rest are mapped files, stacks, memory taken with mmap, or an "
			     "allocator linked into the program; recorded by tidemark run for "
			     "longer, the report says which");
	words = arena_printf(arena, "%s", buf_text(&b));
	buf_free(&b);
	return words;
}
