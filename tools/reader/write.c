/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "reader/write.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reader/sections.h"

struct writing {
	const struct reader *r;
	int fd;
	uint8_t *chunk;	 /* the one at work */
	uint32_t chunks; /* given out so far */
};

static const char *items_of(const struct reader *r, const struct section *s, uint32_t *count)
{
	const char *items;

	memcpy(&items, (const char *)r + s->array_offset, sizeof(items));
	memcpy(count, (const char *)&r->header + s->count_offset, sizeof(*count));
	return items;
}

static int write_chunk(const struct writing *w)
{
	size_t done = 0;
	ssize_t n;

	while (done < TIDE_CHUNK_BYTES) {
		n = write(w->fd, w->chunk + done, TIDE_CHUNK_BYTES - done);
		if (n < 0 && errno != EINTR)
			return -errno;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* What the chunks behind the first two will hold, one after the other. */
static int write_table(struct writing *w)
{
	const struct section *s;
	uint32_t number, count, per_chunk, ordinal, owner;
	const char *items;

	memset(w->chunk, 0, TIDE_CHUNK_BYTES);
	for (number = 1; number < TIDE_SECTIONS; number++) {
		s = reader_section(number);
		items = s->item_bytes ? items_of(w->r, s, &count) : NULL;
		if (!items)
			continue;
		per_chunk = TIDE_CHUNK_BYTES / s->item_bytes;
		for (ordinal = 0; count > (uint64_t)ordinal * per_chunk; ordinal++) {
			if (w->chunks == TIDE_CHUNKS_MAX)
				return -EFBIG;
			owner = TIDE_CHUNK_OWNER(number, ordinal);
			memcpy(w->chunk + (size_t)w->chunks++ * 4, &owner, sizeof(owner));
		}
	}
	return write_chunk(w);
}

static int write_header(struct writing *w, uint32_t chunks)
{
	struct tide_header header = w->r->header;

	header.header_bytes = sizeof(header);
	header.chunks_used = chunks;
	header.flags |= TIDE_FLAG_SEALED;
	memset(w->chunk, 0, TIDE_CHUNK_BYTES);
	memcpy(w->chunk, &header, sizeof(header));
	memcpy(w->chunk + TIDE_TIMELINE_OFFSET, w->r->rows,
	       header.timeline_rows * sizeof(*w->r->rows));
	return write_chunk(w);
}

static int write_section(struct writing *w, const struct section *s)
{
	uint32_t per_chunk = TIDE_CHUNK_BYTES / s->item_bytes, count, done, part;
	const char *items = items_of(w->r, s, &count);
	int err = 0;

	for (done = 0; items && done < count && !err; done += part) {
		part = count - done < per_chunk ? count - done : per_chunk;
		memset(w->chunk, 0, TIDE_CHUNK_BYTES);
		memcpy(w->chunk, items + (size_t)done * s->item_bytes,
		       (size_t)part * s->item_bytes);
		err = write_chunk(w);
	}
	return err;
}

static int write_all(struct writing *w)
{
	uint32_t number;
	int err;

	/* The table first: it tells how many chunks there will be. */
	w->chunks = 2;
	err = lseek(w->fd, TIDE_CHUNK_BYTES, SEEK_SET) < 0 ? -errno : write_table(w);
	if (!err)
		err = lseek(w->fd, 0, SEEK_SET) < 0 ? -errno : write_header(w, w->chunks);
	if (!err && lseek(w->fd, 2 * TIDE_CHUNK_BYTES, SEEK_SET) < 0)
		err = -errno;
	for (number = 1; number < TIDE_SECTIONS && !err; number++)
		if (reader_section(number)->item_bytes)
			err = write_section(w, reader_section(number));
	return err;
}

int reader_write(const struct reader *r, int fd, struct err *fault)
{
	struct writing w = { .r = r, .fd = fd, .chunk = malloc(TIDE_CHUNK_BYTES) };
	int err = w.chunk ? write_all(&w) : -ENOMEM;

	free(w.chunk);
	return err ? err_set(fault, err, "%s", strerror(-err)) : 0;
}
