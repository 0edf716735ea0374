/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/mkprofile.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <elfutils/libdwelf.h>
#include <gelf.h>

static void *need(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

static char *add(struct mk_section *s, const void *item)
{
	char *to;

	if (s->count == s->room) {
		s->room = s->room ? s->room * 2 : 64;
		s->items = need(realloc(s->items, s->room * s->item_bytes));
	}
	to = s->items + s->count++ * s->item_bytes;
	memcpy(to, item, s->item_bytes);
	return to;
}

void *mk_item(struct mkprofile *mk, enum tide_section section, uint32_t number)
{
	return mk->sections[section].items + number * mk->sections[section].item_bytes;
}

struct tide_text mk_text(struct mkprofile *mk, const char *text, size_t bytes)
{
	struct mk_section *s = &mk->sections[TIDE_SECTION_TEXT];
	struct tide_text at = { .bytes = (uint32_t)bytes };
	size_t i;

	/* No string lies across a chunk. */
	while (s->count / TIDE_CHUNK_BYTES != (s->count + bytes) / TIDE_CHUNK_BYTES)
		add(s, "");
	at.offset = (uint32_t)s->count;
	for (i = 0; i < bytes; i++)
		add(s, &text[i]);
	add(s, "");
	return at;
}

void mk_init(struct mkprofile *mk)
{
	static const size_t sizes[TIDE_SECTIONS] = {
		[TIDE_SECTION_TEXT] = 1,
		[TIDE_SECTION_MODULES] = sizeof(struct tide_module),
		[TIDE_SECTION_FRAMES] = sizeof(struct tide_frame),
		[TIDE_SECTION_NODES] = sizeof(struct tide_node),
		[TIDE_SECTION_SITES] = sizeof(struct tide_site),
		[TIDE_SECTION_RECORDS] = sizeof(struct tide_record),
		[TIDE_SECTION_THREADS] = sizeof(struct tide_thread),
		[TIDE_SECTION_LEAKS] = sizeof(struct tide_leak),
		[TIDE_SECTION_CODES] = sizeof(struct tide_code),
		[TIDE_SECTION_LEAK_BLOCKS] = sizeof(struct tide_leak_block),
		[TIDE_SECTION_HOLDERS] = sizeof(struct tide_holder),
		[TIDE_SECTION_MARKS] = sizeof(struct tide_mark),
		[TIDE_SECTION_HISTORY] = sizeof(struct tide_history),
		[TIDE_SECTION_PROCESS] = sizeof(struct tide_process),
		[TIDE_SECTION_MAPPINGS] = sizeof(struct tide_mapping),
		[TIDE_SECTION_RANGES] = sizeof(struct tide_range),
		[TIDE_SECTION_WASTE] = sizeof(struct tide_waste),
	};
	static const char zeros[128];
	struct tide_header *h = &mk->header;
	size_t i;

	memset(mk, 0, sizeof(*mk));
	for (i = 0; i < TIDE_SECTIONS; i++)
		mk->sections[i].item_bytes = sizes[i];
	memcpy(h->magic, TIDE_MAGIC, sizeof(h->magic));
	h->version = TIDE_VERSION;
	h->header_bytes = sizeof(*h);
	h->chunk_bytes = TIDE_CHUNK_BYTES;
	h->page_bytes = 4096;
	h->state = TIDE_EXITED;
	h->pid = 4711;
	h->parent_pid = 4710;
	h->start_unix_ns = 1700000000000000000u;
	h->end_us = 1240000;
	h->file_max_bytes = TIDE_FILE_MAX_BYTES;
	h->depth_max = TIDE_DEPTH_DEFAULT;
	h->pulse.threads = h->threads_most = 1;
	h->pulse.epoch = 1;
	add(&mk->sections[TIDE_SECTION_TEXT], "");
	add(&mk->sections[TIDE_SECTION_MODULES], zeros);
	add(&mk->sections[TIDE_SECTION_FRAMES], zeros);
	add(&mk->sections[TIDE_SECTION_NODES], zeros);
	add(&mk->sections[TIDE_SECTION_SITES], zeros);
	mk_thread(mk, 4711, "sample");
	h->exe = mk_text(mk, "/usr/bin/sample", 15);
	h->args = mk_text(mk, "sample\0--fast\0a b", 17);
	h->cwd = mk_text(mk, "/home/user", 10);
	h->host = mk_text(mk, "tidepool", 8);
}

uint32_t mk_module(struct mkprofile *mk, const char *path, uint64_t start, uint64_t end,
		   uint64_t bias)
{
	struct tide_module module = { .start = start, .end = end, .bias = bias };

	module.path = mk_text(mk, path, strlen(path)).offset;
	add(&mk->sections[TIDE_SECTION_MODULES], &module);
	return (uint32_t)mk->sections[TIDE_SECTION_MODULES].count - 1;
}

uint32_t mk_elf_module(struct mkprofile *mk, const char *path, uint64_t bias)
{
	uint32_t number = mk_module(mk, path, bias, bias + (1u << 30), bias);
	struct tide_module *module = mk_item(mk, TIDE_SECTION_MODULES, number);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	const void *bits;
	ssize_t bytes;
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	bytes = elf ? dwelf_elf_gnu_build_id(elf, &bits) : 0;
	if (bytes > 0 && bytes <= (ssize_t)sizeof(module->build_id)) {
		memcpy(module->build_id, bits, (size_t)bytes);
		module->build_id_bytes = (uint32_t)bytes;
	}
	elf_end(elf);
	if (fd >= 0)
		close(fd);
	return number;
}

uint32_t mk_frame(struct mkprofile *mk, uint64_t pc, uint32_t module)
{
	const struct tide_frame frame = { .pc = pc, .module = module };

	add(&mk->sections[TIDE_SECTION_FRAMES], &frame);
	return (uint32_t)mk->sections[TIDE_SECTION_FRAMES].count - 1;
}

uint32_t mk_node(struct mkprofile *mk, uint32_t parent, uint32_t frame)
{
	const struct tide_node node = { parent, frame };

	add(&mk->sections[TIDE_SECTION_NODES], &node);
	return (uint32_t)mk->sections[TIDE_SECTION_NODES].count - 1;
}

uint32_t mk_site(struct mkprofile *mk, uint32_t node)
{
	struct tide_site site = { .node = node };
	uint32_t at;

	for (at = node; at; at = ((struct tide_node *)mk_item(mk, TIDE_SECTION_NODES, at))->parent)
		site.depth++;
	add(&mk->sections[TIDE_SECTION_SITES], &site);
	return (uint32_t)mk->sections[TIDE_SECTION_SITES].count - 1;
}

uint32_t mk_thread(struct mkprofile *mk, uint32_t tid, const char *name)
{
	struct tide_thread thread = { .tid = tid, .users = 1 };

	memcpy(thread.name, name, strnlen(name, sizeof(thread.name)));
	add(&mk->sections[TIDE_SECTION_THREADS], &thread);
	return (uint32_t)mk->sections[TIDE_SECTION_THREADS].count - 1;
}

struct tide_record *mk_record(struct mkprofile *mk, uint32_t site, uint32_t thread)
{
	const struct tide_record record = { .site = site, .thread = thread };

	return (struct tide_record *)add(&mk->sections[TIDE_SECTION_RECORDS], &record);
}

struct tide_leak *mk_leaks(struct mkprofile *mk, uint32_t site)
{
	static const struct tide_leak none;

	mk->header.scan.state = TIDE_SCAN_DONE;
	mk->header.scan.number = 1;
	while (mk->sections[TIDE_SECTION_LEAKS].count <= site)
		add(&mk->sections[TIDE_SECTION_LEAKS], &none);
	return mk_item(mk, TIDE_SECTION_LEAKS, site);
}

struct tide_leak_block *mk_leak_block(struct mkprofile *mk, uint32_t site, uint32_t leak_class)
{
	const struct tide_leak_block block = { .address = 0x5000,
					       .site = site,
					       .leak_class = leak_class };
	static const struct tide_leak_block none;

	if (!mk->sections[TIDE_SECTION_LEAK_BLOCKS].count)
		add(&mk->sections[TIDE_SECTION_LEAK_BLOCKS], &none);
	return (struct tide_leak_block *)add(&mk->sections[TIDE_SECTION_LEAK_BLOCKS], &block);
}

uint32_t mk_holder(struct mkprofile *mk, uint32_t kind, uint32_t where, uint32_t outer)
{
	const struct tide_holder holder = { .kind = kind, .where = where, .outer = outer };
	static const struct tide_holder none;

	if (!mk->sections[TIDE_SECTION_HOLDERS].count)
		add(&mk->sections[TIDE_SECTION_HOLDERS], &none);
	add(&mk->sections[TIDE_SECTION_HOLDERS], &holder);
	return (uint32_t)mk->sections[TIDE_SECTION_HOLDERS].count - 1;
}

/* Numbers begin at 1: the first call adds an empty one too. */
static void *add_numbered(struct mkprofile *mk, enum tide_section section, const void *item)
{
	static const char none[512];

	if (!mk->sections[section].count)
		add(&mk->sections[section], none);
	return add(&mk->sections[section], item);
}

struct tide_mark *mk_mark(struct mkprofile *mk, uint64_t us, const char *text)
{
	const struct tide_mark mark = { .us = us, .text = mk_text(mk, text, strlen(text)).offset };

	return add_numbered(mk, TIDE_SECTION_MARKS, &mark);
}

void mk_column(struct mkprofile *mk, uint32_t slot, uint32_t site)
{
	static const struct tide_history none;
	struct tide_history *columns;

	if (!mk->sections[TIDE_SECTION_HISTORY].count)
		add(&mk->sections[TIDE_SECTION_HISTORY], &none);
	columns = mk_item(mk, TIDE_SECTION_HISTORY, 0);
	columns->site[slot] = site;
}

struct tide_history_row *mk_history(struct mkprofile *mk, uint64_t us, int64_t live_bytes)
{
	const struct tide_history_row row = { .us = us, .live_bytes = live_bytes };

	return add_numbered(mk, TIDE_SECTION_HISTORY, &row);
}

struct tide_waste *mk_waste(struct mkprofile *mk, uint32_t record)
{
	const struct tide_waste waste = { .record = record };

	return add_numbered(mk, TIDE_SECTION_WASTE, &waste);
}

struct tide_process *mk_process(struct mkprofile *mk, uint32_t kind)
{
	const struct tide_process process = { .kind = kind };

	return add_numbered(mk, TIDE_SECTION_PROCESS, &process);
}

struct tide_mapping *mk_mapping(struct mkprofile *mk, uint32_t site, uint32_t kind, uint64_t start,
				uint64_t bytes)
{
	const struct tide_mapping mapping = {
		.site = site,
		.kind = kind,
		.live_bytes = (int64_t)bytes,
		.live_ranges = 1,
		.high_bytes = (int64_t)bytes,
		.total_bytes = bytes,
		.calls = 1,
	};
	struct tide_mapping *to = add_numbered(mk, TIDE_SECTION_MAPPINGS, &mapping);
	const struct tide_range range = {
		start,
		start + bytes,
		(uint32_t)mk->sections[TIDE_SECTION_MAPPINGS].count - 1,
		kind,
	};

	add_numbered(mk, TIDE_SECTION_RANGES, &range);
	mk->header.mapped.live_bytes[kind] += (int64_t)bytes;
	return to;
}

void mk_row(struct mkprofile *mk, uint64_t us, uint64_t live_bytes, uint64_t rss_bytes)
{
	if (mk->row_count < TIDE_TIMELINE_ROWS)
		mk->rows[mk->row_count++] = (struct tide_row){ us, live_bytes, live_bytes / 100,
							       rss_bytes };
}

static void fill_counts(struct mkprofile *mk)
{
	struct tide_header *h = &mk->header;
	const struct mk_section *s = mk->sections;

	h->text_bytes = (uint32_t)s[TIDE_SECTION_TEXT].count;
	h->modules = (uint32_t)s[TIDE_SECTION_MODULES].count;
	h->frames = (uint32_t)s[TIDE_SECTION_FRAMES].count;
	h->nodes = (uint32_t)s[TIDE_SECTION_NODES].count;
	h->sites = (uint32_t)s[TIDE_SECTION_SITES].count;
	h->records = (uint32_t)s[TIDE_SECTION_RECORDS].count;
	h->threads = (uint32_t)s[TIDE_SECTION_THREADS].count;
	h->codes = (uint32_t)s[TIDE_SECTION_CODES].count;
	h->wastes = (uint32_t)s[TIDE_SECTION_WASTE].count;
	h->timeline_rows = (uint32_t)mk->row_count;
	h->times.marks = (uint32_t)s[TIDE_SECTION_MARKS].count;
	h->times.history = (uint32_t)s[TIDE_SECTION_HISTORY].count;
	h->times.process = (uint32_t)s[TIDE_SECTION_PROCESS].count;
	h->mapped.mappings = (uint32_t)s[TIDE_SECTION_MAPPINGS].count;
	h->mapped.ranges = (uint32_t)s[TIDE_SECTION_RANGES].count;
	h->scan.sites = (uint32_t)s[TIDE_SECTION_LEAKS].count;
	h->scan.blocks = (uint32_t)s[TIDE_SECTION_LEAK_BLOCKS].count;
	h->scan.holders = (uint32_t)s[TIDE_SECTION_HOLDERS].count;
}

static size_t items_per_chunk(const struct mk_section *s)
{
	/* A number that is reserved holds nothing. */
	return s->item_bytes ? TIDE_CHUNK_BYTES / s->item_bytes : 1;
}

static uint32_t count_chunks(const struct mkprofile *mk)
{
	const struct mk_section *s;
	size_t i, chunks = 2;

	for (i = 1; i < TIDE_SECTIONS; i++) {
		s = &mk->sections[i];
		chunks += (s->count + items_per_chunk(s) - 1) / items_per_chunk(s);
	}
	return (uint32_t)chunks;
}

/* Chunks of all sections take turns, as they do in life. */
static void fill_chunks(const struct mkprofile *mk, char *file)
{
	uint32_t *table = (uint32_t *)(file + TIDE_CHUNK_BYTES), ordinal, section, chunk = 2;
	const struct mk_section *s;
	size_t per, from, count;

	for (ordinal = 0; chunk < mk->header.chunks_used; ordinal++) {
		for (section = 1; section < TIDE_SECTIONS; section++) {
			s = &mk->sections[section];
			per = items_per_chunk(s);
			from = ordinal * per;
			if (from >= s->count)
				continue;
			count = s->count - from < per ? s->count - from : per;
			memcpy(file + (size_t)chunk * TIDE_CHUNK_BYTES,
			       s->items + from * s->item_bytes, count * s->item_bytes);
			table[chunk++] = TIDE_CHUNK_OWNER(section, ordinal);
		}
	}
}

void *mk_finish(struct mkprofile *mk, size_t *bytes)
{
	char *file;

	fill_counts(mk);
	mk->header.chunks_used = count_chunks(mk);
	*bytes = (size_t)mk->header.chunks_used * TIDE_CHUNK_BYTES;
	file = need(calloc(1, *bytes));
	memcpy(file, &mk->header, sizeof(mk->header));
	memcpy(file + TIDE_TIMELINE_OFFSET, mk->rows, mk->row_count * sizeof(mk->rows[0]));
	fill_chunks(mk, file);
	return file;
}

void mk_write(struct mkprofile *mk, const char *path)
{
	size_t bytes;
	char *file = mk_finish(mk, &bytes);
	FILE *out = need(fopen(path, "w"));

	if (fwrite(file, 1, bytes, out) != bytes || fclose(out))
		abort();
	free(file);
}

void mk_free(struct mkprofile *mk)
{
	size_t i;

	for (i = 0; i < TIDE_SECTIONS; i++)
		free(mk->sections[i].items);
	memset(mk, 0, sizeof(*mk));
}

static uint32_t sample_site(struct mkprofile *mk, uint32_t parent, uint64_t pc, uint32_t module)
{
	return mk_site(mk, mk_node(mk, parent, mk_frame(mk, pc, module)));
}

static void sample_record(struct mkprofile *mk, uint32_t site, int64_t live_bytes, uint64_t calls)
{
	struct tide_record *r = mk_record(mk, site, 0);

	r->live_bytes = live_bytes;
	r->live_blocks = live_bytes / 100;
	r->total_bytes = calls * 100;
	r->calls = calls;
	r->temporaries = calls / 2;
	r->high_bytes = live_bytes + 1000;
	r->first_ms = 1;
	r->last_ms = 1000;
	r->histogram[2] = (uint32_t)calls;
}

void mk_sample(struct mkprofile *mk)
{
	uint32_t program, library, start, site;

	mk_init(mk);
	program = mk_module(mk, "/usr/bin/sample", 0x400000, 0x500000, 0x400000);
	library = mk_module(mk, "/usr/lib/libsample.so", 0x7f0000000000, 0x7f0000100000,
			    0x7f0000000000);
	start = mk_node(mk, 0, mk_frame(mk, 0x401000, program));
	site = sample_site(mk, start, 0x402000, program);
	sample_record(mk, site, 6000, 100);
	/* Grown since the peak: the snapshot counts. */
	site = sample_site(mk, start, 0x7f0000001000, library);
	sample_record(mk, site, 9000, 200);
	((struct tide_record *)mk_item(mk, TIDE_SECTION_RECORDS, 1))->snap_bytes = 4000;
	((struct tide_record *)mk_item(mk, TIDE_SECTION_RECORDS, 1))->snap_blocks = 40;
	((struct tide_record *)mk_item(mk, TIDE_SECTION_RECORDS, 1))->snap_epoch = 1;
	sample_record(mk, sample_site(mk, start, 0x9999, 0), 0, 50);
	mk->header.pulse.peak_bytes = 10000;
	mk->header.pulse.peak_us = 600000;
	mk->header.rss_peak_bytes = 5u << 20;
	mk->header.timeline_interval_us = 10000;
	mk_row(mk, 0, 0, 1u << 20);
	mk_row(mk, 600000, 10000, 5u << 20);
	mk_row(mk, 1200000, 15000, 5u << 20);
}

void mk_sample_times(struct mkprofile *mk)
{
	struct tide_mark *mark = mk_mark(mk, 500000, "middle");
	struct tide_history_row *row;
	struct tide_process *p;

	mark->live_bytes = 8000;
	mark->site[0] = 2;
	mark->bytes[0] = 3000;
	mk_column(mk, 0, 1);
	mk_column(mk, 3, 2);
	mk->header.times.history_interval_us = 300000;
	for (uint32_t i = 0; i < 5; i++) {
		row = mk_history(mk, i * 300000, i * 2000);
		row->bytes[0] = i * 500;
		row->bytes[3] = i * 1000;
	}
	p = mk_process(mk, TIDE_PROCESS_SERIES);
	p->number = 2;
	p->series.pid = mk->header.pid;
	memcpy(p->series.name, "sample", 6);
	for (uint32_t i = 0; i < 2; i++) {
		p = mk_process(mk, TIDE_PROCESS_SAMPLE);
		p->sample.us = i * 600000;
		p->sample.rss_bytes = 5u << 20;
	}
	p = mk_process(mk, TIDE_PROCESS_ACCOUNT);
	p->account.rss_bytes = 5u << 20;
	p->account.live_bytes = 9000;
	p->account.anonymous_bytes = 1u << 20;
	p->account.file_bytes = 4u << 20;
	mk_mapping(mk, 1, TIDE_MAPPING_ANONYMOUS, 0x7f0000000000, 1u << 20);
	mk_mapping(mk, 0, TIDE_MAPPING_RESERVED, 0x7e0000000000, 1ull << 40);
}

/* Evidence enough for some advice. */
static void sample_wastes(struct mkprofile *mk)
{
	struct tide_waste *w = mk_waste(mk, 0);

	w->twins = 3;
	w->twin_bytes = 3000;
	w->twin_site = 2;
	w->seen_pages = 100;
	w->untouched_pages = 90;
	w = mk_waste(mk, 1);
	w->grown = 100000;
	w->grown_again = 99999;
	w->grown_from_bytes = 5u << 20;
	w->grown_to_bytes = w->grown_from_bytes + 100000;
	w->moved_bytes = 1u << 20;
}

void mk_sample_leaks(struct mkprofile *mk)
{
	struct tide_leak_block *block;
	struct tide_leak *leaks;
	uint32_t root;

	mk_sample(mk);
	sample_wastes(mk);
	leaks = mk_leaks(mk, 1);
	leaks->bytes[TIDE_LEAK_DEFINITE] = 1000;
	leaks->blocks[TIDE_LEAK_DEFINITE] = 10;
	leaks->bytes[TIDE_LEAK_INDIRECT] = 1000;
	leaks->blocks[TIDE_LEAK_INDIRECT] = 20;
	leaks->bytes[TIDE_LEAK_POSSIBLE] = 1000;
	leaks->blocks[TIDE_LEAK_POSSIBLE] = 30;
	leaks->bytes[TIDE_LEAK_REACHABLE] = 3000;
	leaks->blocks[TIDE_LEAK_REACHABLE] = 40;
	leaks->held_bytes = 1000;
	leaks->held_blocks = 20;
	leaks = mk_leaks(mk, 2);
	leaks->bytes[TIDE_LEAK_REACHABLE] = 9000;
	leaks->blocks[TIDE_LEAK_REACHABLE] = 90;
	block = mk_leak_block(mk, 1, TIDE_LEAK_DEFINITE);
	block->bytes = 100;
	block->held_bytes = 1000;
	block->held_blocks = 20;
	block = mk_leak_block(mk, 1, TIDE_LEAK_INDIRECT);
	block->address = 0x6000;
	block->bytes = 50;
	block->leader = 1;
	root = mk_holder(mk, TIDE_HOLDER_DATA, 1, 0);
	((struct tide_holder *)mk_item(mk, TIDE_SECTION_HOLDERS, root))->address = 0x404000;
	block = mk_leak_block(mk, 2, TIDE_LEAK_REACHABLE);
	block->address = 0x7000;
	block->bytes = 100;
	block->holder = mk_holder(mk, TIDE_HOLDER_BLOCK, 1, root);
	mk_sample_times(mk);
	mk->header.scan.us = 1230000;
	mk->header.scan.took_us = 4000;
}
