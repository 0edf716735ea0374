/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "reader/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reader/check.h"
#include "reader/sections.h"

/* Where the bytes come from: a file, or memory when data is set. */
struct source {
	const uint8_t *data;
	int fd;
	uint64_t bytes;
	struct err *fault;
	uint32_t *chunks; /* [section][ordinal] -> chunk, 0 = none */
};

#define SECTION(section_name, type, field)                                       \
	{                                                                        \
		section_name, sizeof(type), offsetof(struct tide_header, field), \
			offsetof(struct reader, field)                           \
	}

static const struct section sections[TIDE_SECTIONS] = {
	[TIDE_SECTION_TEXT] = { "text", 1, offsetof(struct tide_header, text_bytes),
				offsetof(struct reader, text) },
	[TIDE_SECTION_MODULES] = SECTION("modules", struct tide_module, modules),
	[TIDE_SECTION_FRAMES] = SECTION("frames", struct tide_frame, frames),
	[TIDE_SECTION_NODES] = SECTION("nodes", struct tide_node, nodes),
	[TIDE_SECTION_SITES] = SECTION("sites", struct tide_site, sites),
	[TIDE_SECTION_RECORDS] = SECTION("records", struct tide_record, records),
	[TIDE_SECTION_THREADS] = SECTION("threads", struct tide_thread, threads),
	[TIDE_SECTION_LEAKS] = { "leaks", sizeof(struct tide_leak),
				 offsetof(struct tide_header, scan.sites),
				 offsetof(struct reader, leaks) },
	[TIDE_SECTION_LEAK_BLOCKS] = { "leak blocks", sizeof(struct tide_leak_block),
				       offsetof(struct tide_header, scan.blocks),
				       offsetof(struct reader, leak_blocks) },
	[TIDE_SECTION_CODES] = SECTION("codes", struct tide_code, codes),
	[TIDE_SECTION_WASTE] = SECTION("waste", struct tide_waste, wastes),
	[TIDE_SECTION_HOLDERS] = { "holders", sizeof(struct tide_holder),
				   offsetof(struct tide_header, scan.holders),
				   offsetof(struct reader, holders) },
	[TIDE_SECTION_MARKS] = { "marks", sizeof(struct tide_mark),
				 offsetof(struct tide_header, times.marks),
				 offsetof(struct reader, marks) },
	[TIDE_SECTION_HISTORY] = { "history", sizeof(struct tide_history),
				   offsetof(struct tide_header, times.history),
				   offsetof(struct reader, history) },
	[TIDE_SECTION_PROCESS] = { "process", sizeof(struct tide_process),
				   offsetof(struct tide_header, times.process),
				   offsetof(struct reader, process) },
	[TIDE_SECTION_MAPPINGS] = { "mappings", sizeof(struct tide_mapping),
				    offsetof(struct tide_header, mapped.mappings),
				    offsetof(struct reader, mappings) },
	[TIDE_SECTION_RANGES] = { "ranges", sizeof(struct tide_range),
				  offsetof(struct tide_header, mapped.ranges),
				  offsetof(struct reader, ranges) },
};

const struct section *reader_section(enum tide_section number)
{
	return &sections[number];
}

static int __attribute__((format(printf, 2, 3))) fail(struct err *fault, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(fault->text, sizeof(fault->text), format, args);
	va_end(args);
	return -EBADMSG;
}

static int fail_system(struct err *fault, int err)
{
	snprintf(fault->text, sizeof(fault->text), "%s", strerror(-err));
	return err;
}

static int source_read(const struct source *s, void *to, uint64_t offset, size_t bytes)
{
	size_t done = 0;
	ssize_t got;

	if (offset > s->bytes || bytes > s->bytes - offset)
		return fail(s->fault,
			    "cut off: it ends at byte %llu, where bytes up to %llu are "
			    "needed; copy the recording again, or record again",
			    (unsigned long long)s->bytes, (unsigned long long)(offset + bytes));
	if (s->data) {
		memcpy(to, s->data + offset, bytes);
		return 0;
	}
	while (done < bytes) {
		got = pread(s->fd, (char *)to + done, bytes - done, (off_t)(offset + done));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_system(s->fault, -errno);
		if (!got)
			return fail(s->fault, "cut off at byte %llu while it was being read",
				    (unsigned long long)(offset + done));
		done += (size_t)got;
	}
	return 0;
}

static int check_header(const struct tide_header *h, struct err *fault)
{
	if (memcmp(h->magic, TIDE_MAGIC, sizeof(h->magic)))
		return fail(fault, "not a tidemark recording: it does not begin with \"%s\"",
			    TIDE_MAGIC);
	if (h->version != TIDE_VERSION)
		return fail(fault,
			    "written in format %u, and this tidemark reads format %u; use the "
			    "tidemark that recorded it",
			    h->version, TIDE_VERSION);
	if (h->header_bytes < sizeof(*h) || h->header_bytes > TIDE_TIMELINE_OFFSET)
		return fail(fault,
			    "damaged: a header of %u bytes at byte 12, %zu to %u are possible",
			    h->header_bytes, sizeof(*h), TIDE_TIMELINE_OFFSET);
	if (h->chunk_bytes != TIDE_CHUNK_BYTES)
		return fail(fault, "damaged: chunks of %u bytes at byte 16, %u expected",
			    h->chunk_bytes, TIDE_CHUNK_BYTES);
	if (h->state < TIDE_RUNNING || h->state > TIDE_DIED)
		return fail(fault, "damaged: state %u at byte 24, 1 to 4 are known", h->state);
	if (h->timeline_rows > TIDE_TIMELINE_ROWS)
		return fail(fault, "damaged: %u timeline rows, at most %u are possible",
			    h->timeline_rows, TIDE_TIMELINE_ROWS);
	if (h->times.history > TIDE_HISTORY_ROWS || h->times.marks > TIDE_MARKS_MOST)
		return fail(fault,
			    "damaged: %u rows of history and %u marks, at most %u and %u "
			    "are possible",
			    h->times.history, h->times.marks, TIDE_HISTORY_ROWS, TIDE_MARKS_MOST);
	if (h->scan.state >= TIDE_SCAN_STATES)
		return fail(fault, "damaged: leak scan state %u at byte 376, 0 to %u are known",
			    h->scan.state, TIDE_SCAN_STATES - 1);
	return 0;
}

/*
 * The counts once more, one by one: a program that is still running adds a module before the frame
 * that names it and so on, and what is counted later may only be what others depend on.
 */
static int read_counts(struct reader *r, const struct source *s)
{
	static const enum tide_section order[] = {
		TIDE_SECTION_WASTE,   TIDE_SECTION_RANGES, TIDE_SECTION_MAPPINGS,
		TIDE_SECTION_RECORDS, TIDE_SECTION_SITES,  TIDE_SECTION_THREADS,
		TIDE_SECTION_NODES,   TIDE_SECTION_FRAMES, TIDE_SECTION_MODULES,
		TIDE_SECTION_CODES,   TIDE_SECTION_TEXT,
	};
	size_t i, offset;
	int err;

	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		offset = sections[order[i]].count_offset;
		err = source_read(s, (char *)&r->header + offset, offset, sizeof(uint32_t));
		if (err)
			return err;
	}
	return 0;
}

static int read_header(struct reader *r, const struct source *s)
{
	int err;

	if (s->bytes < sizeof(r->header))
		return fail(s->fault, "not a tidemark recording, or cut off: only %llu bytes long",
			    (unsigned long long)s->bytes);
	err = source_read(s, &r->header, 0, sizeof(r->header));
	if (err)
		return err;
	err = check_header(&r->header, s->fault);
	if (err)
		return err;
	return read_counts(r, s);
}

static uint32_t *chunk_slot(const struct source *s, uint32_t section, uint32_t ordinal)
{
	return &s->chunks[(size_t)section * TIDE_CHUNKS_MAX + ordinal];
}

static int note_chunk(const struct source *s, uint32_t chunk, uint32_t owner)
{
	uint32_t section = TIDE_OWNER_SECTION(owner), ordinal = TIDE_OWNER_ORDINAL(owner);
	uint32_t *slot;

	if (section == TIDE_SECTION_NONE)
		return 0;
	if (section >= TIDE_SECTIONS || !sections[section].item_bytes)
		return fail(s->fault,
			    "damaged: chunk %u belongs to section %u, which is not known; "
			    "record again",
			    chunk, section);
	if (ordinal >= TIDE_CHUNKS_MAX)
		return fail(s->fault,
			    "damaged: chunk %u is number %u of section %s, at most %u are "
			    "possible; record again",
			    chunk, ordinal, sections[section].name, TIDE_CHUNKS_MAX);
	slot = chunk_slot(s, section, ordinal);
	if (*slot)
		return fail(s->fault,
			    "damaged: chunks %u and %u are both number %u of section %s; "
			    "record again",
			    *slot, chunk, ordinal, sections[section].name);
	*slot = chunk;
	return 0;
}

static int read_chunk_table(struct source *s)
{
	uint32_t *owners, i;
	int err;

	s->chunks = calloc((size_t)TIDE_SECTIONS * TIDE_CHUNKS_MAX, sizeof(*s->chunks));
	owners = malloc(TIDE_CHUNK_BYTES);
	if (!s->chunks || !owners) {
		free(owners);
		return fail_system(s->fault, -ENOMEM);
	}
	err = source_read(s, owners, TIDE_CHUNK_BYTES, TIDE_CHUNK_BYTES);
	for (i = 2; i < TIDE_CHUNKS_MAX && !err; i++)
		err = note_chunk(s, i, owners[i]);
	free(owners);
	return err;
}

static uint32_t items_per_chunk(const struct section *section)
{
	return TIDE_CHUNK_BYTES / section->item_bytes;
}

/* Before memory is taken for them: a count of four billion in a small file must cost nothing. */
static int check_chunks(const struct source *s, enum tide_section number, uint32_t count)
{
	uint32_t per_chunk = items_per_chunk(&sections[number]), chunk, ordinal;
	uint64_t end, left = count;

	for (ordinal = 0; left; ordinal++) {
		chunk = ordinal < TIDE_CHUNKS_MAX ? *chunk_slot(s, number, ordinal) : 0;
		if (!chunk)
			return fail(s->fault,
				    "damaged: section %s holds %u records, but its part %u "
				    "is in no chunk; record again",
				    sections[number].name, count, ordinal);
		end = left < per_chunk ? left : per_chunk;
		left -= end;
		end = (uint64_t)chunk * TIDE_CHUNK_BYTES + end * sections[number].item_bytes;
		if (end > s->bytes)
			return fail(s->fault,
				    "cut off: it ends at byte %llu, but section %s goes on "
				    "in chunk %u up to byte %llu; copy the recording again, or "
				    "record again",
				    (unsigned long long)s->bytes, sections[number].name, chunk,
				    (unsigned long long)end);
	}
	return 0;
}

static int copy_section(const struct source *s, enum tide_section number, uint32_t count, char *to)
{
	const struct section *section = &sections[number];
	uint32_t per_chunk = items_per_chunk(section), done, part;
	uint64_t from;
	int err;

	for (done = 0; done < count; done += part) {
		part = count - done < per_chunk ? count - done : per_chunk;
		from = *chunk_slot(s, number, done / per_chunk) * (uint64_t)TIDE_CHUNK_BYTES;
		err = source_read(s, to + (size_t)done * section->item_bytes, from,
				  (size_t)part * section->item_bytes);
		if (err)
			return err;
	}
	return 0;
}

static int read_section(struct reader *r, const struct source *s, enum tide_section number)
{
	const struct section *section = &sections[number];
	uint32_t count;
	char *items;
	int err;

	memcpy(&count, (char *)&r->header + section->count_offset, sizeof(count));
	err = check_chunks(s, number, count);
	if (err)
		return err;
	/* One more, zeroed: it ends the last string. */
	items = calloc((size_t)count + 1, section->item_bytes);
	if (!items)
		return fail_system(s->fault, -ENOMEM);
	memcpy((char *)r + section->array_offset, &items, sizeof(items));
	return copy_section(s, number, count, items);
}

/*
 * Snapshots count only in the epoch they were taken in, so the epoch must not move while the
 * records are copied.  A few tries; a program that peaks all the time gives the last one.
 */
static int read_records(struct reader *r, const struct source *s)
{
	struct tide_pulse pulse = r->header.pulse;
	unsigned tries;
	int err;

	err = read_section(r, s, TIDE_SECTION_RECORDS);
	for (tries = 0; !err && r->header.state == TIDE_RUNNING && tries < 8; tries++) {
		err = source_read(s, &pulse, offsetof(struct tide_header, pulse), sizeof(pulse));
		if (err || pulse.epoch == r->header.pulse.epoch)
			break;
		r->header.pulse = pulse;
		err = copy_section(s, TIDE_SECTION_RECORDS, r->header.records, (char *)r->records);
	}
	return err;
}

static int read_scan_sections(struct reader *r, const struct source *s)
{
	static const enum tide_section parts[] = {
		TIDE_SECTION_LEAKS,
		TIDE_SECTION_LEAK_BLOCKS,
		TIDE_SECTION_HOLDERS,
	};
	size_t i;
	int err = 0;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]) && !err; i++)
		err = read_section(r, s, parts[i]);
	return err;
}

static void drop_scan(struct reader *r, uint32_t state)
{
	free(r->leaks);
	free(r->leak_blocks);
	free(r->holders);
	r->leaks = NULL;
	r->leak_blocks = NULL;
	r->holders = NULL;
	r->header.scan.state = state;
	r->header.scan.sites = r->header.scan.blocks = r->header.scan.holders = 0;
}

/*
 * The results of a scan, if they are whole.  A scan that was begun while they were copied makes
 * them void, and what was wrong with them too.
 */
static int read_scan(struct reader *r, const struct source *s)
{
	struct tide_scan now;
	int err, again;

	if (r->header.scan.state != TIDE_SCAN_DONE) {
		drop_scan(r, r->header.scan.state);
		return 0;
	}
	if (r->header.scan.sites > r->header.sites)
		err = fail(s->fault, "damaged: a leak scan of %u sites, where there are %u",
			   r->header.scan.sites, r->header.sites);
	else
		err = read_scan_sections(r, s);
	again = source_read(s, &now, offsetof(struct tide_header, scan), sizeof(now));
	if (again)
		return again;
	if (now.number != r->header.scan.number || now.state != r->header.scan.state) {
		drop_scan(r, TIDE_SCAN_RUNNING);
		return 0;
	}
	return err;
}

static int read_rows(struct reader *r, const struct source *s)
{
	size_t bytes = r->header.timeline_rows * sizeof(*r->rows);

	r->rows = calloc(1, bytes + 1);
	if (!r->rows)
		return fail_system(s->fault, -ENOMEM);
	return source_read(s, r->rows, TIDE_TIMELINE_OFFSET, bytes);
}

static int read_all(struct reader *r, struct source *s)
{
	static const enum tide_section order[] = {
		TIDE_SECTION_TEXT,    TIDE_SECTION_MODULES,  TIDE_SECTION_FRAMES,
		TIDE_SECTION_NODES,   TIDE_SECTION_SITES,    TIDE_SECTION_THREADS,
		TIDE_SECTION_CODES,   TIDE_SECTION_MARKS,    TIDE_SECTION_HISTORY,
		TIDE_SECTION_PROCESS, TIDE_SECTION_MAPPINGS, TIDE_SECTION_RANGES,
		TIDE_SECTION_WASTE,
	};
	size_t i;
	int err;

	err = read_header(r, s);
	if (!err)
		err = read_chunk_table(s);
	for (i = 0; i < sizeof(order) / sizeof(order[0]) && !err; i++)
		err = read_section(r, s, order[i]);
	if (!err)
		err = read_records(r, s);
	if (!err)
		err = read_scan(r, s);
	if (!err)
		err = read_rows(r, s);
	return err ? err : check_contents(r, s->fault);
}

static int open_source(struct reader *r, struct source *s)
{
	int err;

	memset(r, 0, sizeof(*r));
	r->file_bytes = s->bytes;
	s->fault->text[0] = '\0';
	err = read_all(r, s);
	free(s->chunks);
	if (err)
		reader_close(r);
	return err;
}

int reader_open_memory(struct reader *r, const void *data, size_t bytes, struct err *fault)
{
	struct source s = { .data = data, .fd = -1, .bytes = bytes, .fault = fault };

	return open_source(r, &s);
}

int reader_open(struct reader *r, const char *path, struct err *fault)
{
	struct source s = { .fault = fault };
	struct stat stat;
	int err;

	/* A FIFO would make open() wait for ever. */
	s.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (s.fd < 0 || fstat(s.fd, &stat)) {
		err = fail_system(fault, -errno);
	} else if (!S_ISREG(stat.st_mode)) {
		err = fail(fault, "not a tidemark recording: it is no regular file");
	} else {
		s.bytes = (uint64_t)stat.st_size;
		err = open_source(r, &s);
	}
	if (s.fd >= 0)
		close(s.fd);
	return err;
}

void reader_close(struct reader *r)
{
	free(r->text);
	free(r->modules);
	free(r->frames);
	free(r->nodes);
	free(r->sites);
	free(r->records);
	free(r->threads);
	free(r->leaks);
	free(r->leak_blocks);
	free(r->holders);
	free(r->codes);
	free(r->marks);
	free(r->history);
	free(r->process);
	free(r->mappings);
	free(r->ranges);
	free(r->wastes);
	free(r->rows);
	memset(r, 0, sizeof(*r));
}

const char *reader_text(const struct reader *r, struct tide_text text)
{
	return text.bytes ? r->text + text.offset : "";
}
