/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/spans.h"

#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#define PER_CHUNK (TIDE_CHUNK_BYTES / sizeof(struct tide_range))

static bool read_at(int fd, void *to, size_t bytes, uint64_t offset)
{
	return pread(fd, to, bytes, (off_t)offset) == (ssize_t)bytes;
}

static int by_address(const void *one, const void *two)
{
	const struct tide_range *a = one, *b = two;

	return a->start < b->start ? -1 : a->start > b->start;
}

/* Memory of its own: what a file or an interpreter's heap holds is told elsewhere. */
static bool is_wanted(const struct tide_range *r)
{
	return r->start && r->start < r->end &&
	       (r->kind == TIDE_MAPPING_ANONYMOUS || r->kind == TIDE_MAPPING_RESERVED);
}

static void keep_wanted(struct spans *spans, size_t read)
{
	for (size_t i = 0; i < read; i++) {
		if (is_wanted(&spans->list[i]))
			spans->list[spans->count++] = spans->list[i];
	}
	if (spans->count)
		qsort(spans->list, spans->count, sizeof(*spans->list), by_address);
}

static bool read_chunks(int fd, uint32_t *table, uint32_t chunks, struct tide_range *to,
			size_t count)
{
	if (!read_at(fd, table, TIDE_CHUNK_BYTES, TIDE_CHUNK_BYTES))
		return false;
	for (uint32_t c = 0; c < chunks && c < TIDE_CHUNKS_MAX; c++) {
		size_t first = TIDE_OWNER_ORDINAL(table[c]) * PER_CHUNK;
		size_t part = first < count ? count - first : 0;

		if (TIDE_OWNER_SECTION(table[c]) != TIDE_SECTION_RANGES || !part)
			continue;
		if (part > PER_CHUNK)
			part = PER_CHUNK;
		if (!read_at(fd, to + first, part * sizeof(*to), (uint64_t)c * TIDE_CHUNK_BYTES))
			return false;
	}
	return true;
}

void spans_read(int recording, const struct tide_header *h, struct spans *spans)
{
	size_t count = h->mapped.ranges;
	uint32_t *table;

	*spans = (struct spans){ 0 };
	if (!count || count > (size_t)TIDE_CHUNKS_MAX * PER_CHUNK)
		return;
	table = malloc(TIDE_CHUNK_BYTES);
	spans->list = calloc(count, sizeof(*spans->list));
	if (table && spans->list &&
	    read_chunks(recording, table, h->chunks_used, spans->list, count))
		keep_wanted(spans, count);
	free(table);
}

void spans_free(struct spans *spans)
{
	free(spans->list);
	*spans = (struct spans){ 0 };
}

void spans_each(const struct spans *spans, uint64_t first, uint64_t last, spans_visit *visit,
		void *context)
{
	for (size_t i = 0; i < spans->count && spans->list[i].start < last; i++) {
		const struct tide_range *r = &spans->list[i];
		uint64_t start = r->start > first ? r->start : first;
		uint64_t end = r->end < last ? r->end : last;

		if (start < end)
			visit(context, start, end);
	}
}

static void add_bytes(void *bytes, uint64_t first, uint64_t last)
{
	*(uint64_t *)bytes += last - first;
}

uint64_t spans_in(const struct spans *spans, uint64_t first, uint64_t last)
{
	uint64_t bytes = 0;

	spans_each(spans, first, last, add_bytes, &bytes);
	return bytes;
}

int64_t spans_counted(const struct tide_header *h)
{
	int64_t bytes = 0;

	for (uint32_t kind = 0; kind < TIDE_MAPPING_KINDS; kind++) {
		if (h->mapped.counted >> kind & 1)
			bytes += h->mapped.live_bytes[kind];
	}
	return bytes;
}
