/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "reader/check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int bad(struct err *fault, const char *record, uint32_t number, const char *what,
	       uint64_t value, uint64_t limit)
{
	snprintf(fault->text, sizeof(fault->text),
		 "damaged: %s %u has %s %llu, but only numbers below %llu exist; the file was "
		 "changed after it was recorded, record again",
		 record, number, what, (unsigned long long)value, (unsigned long long)limit);
	return -EBADMSG;
}

static int check_text(const struct reader *r, const char *name, struct tide_text text,
		      struct err *fault)
{
	uint64_t end = (uint64_t)text.offset + text.bytes;

	if (!text.bytes)
		return 0;
	if (end >= r->header.text_bytes)
		return bad(fault, "header string", 0, name, end, r->header.text_bytes);
	if (r->text[end]) {
		snprintf(fault->text, sizeof(fault->text),
			 "damaged: the header's string \"%s\" at text byte %u has no end; "
			 "record again",
			 name, text.offset);
		return -EBADMSG;
	}
	return 0;
}

static int check_texts(const struct reader *r, struct err *fault)
{
	const struct tide_header *h = &r->header;
	const struct {
		const char *name;
		struct tide_text text;
	} texts[] = {
		{ "program", h->exe }, { "arguments", h->args },  { "directory", h->cwd },
		{ "host", h->host },   { "options", h->options }, { "allocator", h->allocator },
	};
	size_t i;
	int err;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		err = check_text(r, texts[i].name, texts[i].text, fault);
		if (err)
			return err;
	}
	return 0;
}

static int check_modules(const struct reader *r, struct err *fault)
{
	const struct tide_module *m;
	uint32_t i;

	for (i = 1; i < r->header.modules; i++) {
		m = &r->modules[i];
		if (m->path >= r->header.text_bytes && m->path)
			return bad(fault, "module", i, "a path at text byte", m->path,
				   r->header.text_bytes);
		if (m->build_id_bytes > sizeof(m->build_id))
			return bad(fault, "module", i, "build-id bytes", m->build_id_bytes,
				   sizeof(m->build_id) + 1);
		if (m->start > m->end)
			return bad(fault, "module", i, "a start at", m->start, m->end);
	}
	return 0;
}

static int check_frames(const struct reader *r, struct err *fault)
{
	uint32_t i;

	for (i = 1; i < r->header.frames; i++) {
		const struct tide_frame *f = &r->frames[i];

		if (f->module && f->module >= r->header.modules)
			return bad(fault, "frame", i, "module", f->module, r->header.modules);
		if (f->flags & TIDE_FRAME_PYTHON && TIDE_PYTHON_CODE(f->pc) >= r->header.codes)
			return bad(fault, "frame", i, "code", TIDE_PYTHON_CODE(f->pc),
				   r->header.codes);
	}
	return 0;
}

static int check_codes(const struct reader *r, struct err *fault)
{
	const struct tide_code *c;
	uint32_t i;

	for (i = 1; i < r->header.codes; i++) {
		c = &r->codes[i];
		if (c->function && c->function >= r->header.text_bytes)
			return bad(fault, "code", i, "a function at text byte", c->function,
				   r->header.text_bytes);
		if (c->file && c->file >= r->header.text_bytes)
			return bad(fault, "code", i, "a file at text byte", c->file,
				   r->header.text_bytes);
	}
	return 0;
}

static int check_nodes(const struct reader *r, struct err *fault)
{
	uint32_t count = r->header.nodes, i;
	const struct tide_node *n;
	uint16_t *depth;
	int err = 0;

	depth = calloc((size_t)count + 1, sizeof(*depth));
	if (!depth)
		return -ENOMEM;
	for (i = 1; i < count && !err; i++) {
		n = &r->nodes[i];
		if (n->parent >= i)
			err = bad(fault, "node", i, "parent", n->parent, i);
		else if (n->frame >= r->header.frames)
			err = bad(fault, "node", i, "frame", n->frame, r->header.frames);
		else if (depth[n->parent] >= READER_DEPTH_MOST)
			err = bad(fault, "node", i, "depth", depth[n->parent] + 1u,
				  READER_DEPTH_MOST + 1);
		else
			depth[i] = (uint16_t)(depth[n->parent] + 1);
	}
	free(depth);
	return err;
}

static int check_sites(const struct reader *r, struct err *fault)
{
	uint32_t i;

	for (i = 0; i < r->header.sites; i++)
		if (r->sites[i].node && r->sites[i].node >= r->header.nodes)
			return bad(fault, "site", i, "node", r->sites[i].node, r->header.nodes);
	return 0;
}

static int check_records(const struct reader *r, struct err *fault)
{
	uint32_t i, site;

	for (i = 0; i < r->header.records; i++) {
		site = r->records[i].site & ~TIDE_RECORD_SHARED;
		if (site >= r->header.sites)
			return bad(fault, "record", i, "site", site, r->header.sites);
		if (r->records[i].thread && r->records[i].thread >= r->header.threads)
			return bad(fault, "record", i, "thread", r->records[i].thread,
				   r->header.threads);
	}
	return 0;
}

static int check_leak_blocks(const struct reader *r, struct err *fault)
{
	const struct tide_scan *scan = &r->header.scan;
	const struct tide_leak_block *b;
	uint32_t i;

	for (i = 1; i < scan->blocks; i++) {
		b = &r->leak_blocks[i];
		if (b->site >= r->header.sites)
			return bad(fault, "leaked block", i, "site", b->site, r->header.sites);
		if (b->leak_class >= TIDE_LEAK_CLASSES)
			return bad(fault, "leaked block", i, "class", b->leak_class,
				   TIDE_LEAK_CLASSES);
		if (b->leader && b->leader >= scan->blocks)
			return bad(fault, "leaked block", i, "leader", b->leader, scan->blocks);
		if (b->holder && b->holder >= scan->holders)
			return bad(fault, "leaked block", i, "holder", b->holder, scan->holders);
	}
	return 0;
}

static int check_holder(const struct reader *r, uint32_t i, struct err *fault)
{
	const struct tide_holder *h = &r->holders[i];

	if (h->kind >= TIDE_HOLDER_KINDS)
		return bad(fault, "holder", i, "kind", h->kind, TIDE_HOLDER_KINDS);
	if (h->outer >= i)
		return bad(fault, "holder", i, "outer holder", h->outer, i);
	if (h->kind == TIDE_HOLDER_BLOCK && h->where >= r->header.sites)
		return bad(fault, "holder", i, "site", h->where, r->header.sites);
	if (h->kind == TIDE_HOLDER_DATA && h->where && h->where >= r->header.modules)
		return bad(fault, "holder", i, "module", h->where, r->header.modules);
	return 0;
}

static int check_holders(const struct reader *r, struct err *fault)
{
	uint32_t count = r->header.scan.holders, i;
	uint8_t *links = calloc((size_t)count + 1, 1);
	int err = 0;

	if (!links)
		return -ENOMEM;
	for (i = 1; i < count && !err; i++) {
		err = check_holder(r, i, fault);
		if (err)
			break;
		links[i] = (uint8_t)(links[r->holders[i].outer] + 1);
		if (links[i] > TIDE_HOLDER_LINKS)
			err = bad(fault, "holder", i, "links", links[i], TIDE_HOLDER_LINKS + 1);
	}
	free(links);
	return err;
}

static int check_sites_of(const struct reader *r, const char *record, uint32_t number,
			  const uint32_t *sites, struct err *fault)
{
	for (uint32_t i = 0; i < TIDE_HISTORY_SITES; i++)
		if (sites[i] && sites[i] >= r->header.sites)
			return bad(fault, record, number, "site", sites[i], r->header.sites);
	return 0;
}

static int check_times(const struct reader *r, struct err *fault)
{
	const struct tide_times *times = &r->header.times;
	int err = 0;
	uint32_t i;

	for (i = 1; i < times->marks && !err; i++) {
		err = check_sites_of(r, "mark", i, r->marks[i].site, fault);
		if (!err && r->marks[i].text && r->marks[i].text >= r->header.text_bytes)
			err = bad(fault, "mark", i, "its words at text byte", r->marks[i].text,
				  r->header.text_bytes);
	}
	if (times->history && !err)
		err = check_sites_of(r, "history", 0, r->history->site, fault);
	return err;
}

/* Each series is followed by its samples, and there are no others. */
static int check_process(const struct reader *r, struct err *fault)
{
	uint32_t count = r->header.times.process, left = 0, i;

	for (i = 1; i < count; i++) {
		const struct tide_process *p = &r->process[i];

		if (p->kind >= TIDE_PROCESS_KINDS)
			return bad(fault, "process record", i, "kind", p->kind, TIDE_PROCESS_KINDS);
		if ((p->kind == TIDE_PROCESS_SAMPLE) != (left > 0))
			return bad(fault, "process record", i, "kind", p->kind, 0);
		if (p->kind == TIDE_PROCESS_SERIES && p->number >= count - i)
			return bad(fault, "process record", i, "samples", p->number, count - i);
		left = p->kind == TIDE_PROCESS_SERIES ? p->number : left ? left - 1 : 0;
	}
	return 0;
}

static int check_mappings(const struct reader *r, struct err *fault)
{
	const struct tide_mapped *mapped = &r->header.mapped;
	uint32_t i;

	for (i = 1; i < mapped->mappings; i++) {
		const struct tide_mapping *m = &r->mappings[i];

		if (m->site >= r->header.sites)
			return bad(fault, "mapping", i, "site", m->site, r->header.sites);
		if (m->kind >= TIDE_MAPPING_KINDS)
			return bad(fault, "mapping", i, "kind", m->kind, TIDE_MAPPING_KINDS);
	}
	for (i = 1; i < mapped->ranges; i++) {
		const struct tide_range *range = &r->ranges[i];

		if (range->mapping && range->mapping >= mapped->mappings)
			return bad(fault, "range", i, "mapping", range->mapping, mapped->mappings);
		if (range->kind >= TIDE_MAPPING_KINDS)
			return bad(fault, "range", i, "kind", range->kind, TIDE_MAPPING_KINDS);
	}
	return 0;
}

static int check_wastes(const struct reader *r, struct err *fault)
{
	for (uint32_t i = 1; i < r->header.wastes; i++) {
		const struct tide_waste *w = &r->wastes[i];

		if (w->record >= r->header.records)
			return bad(fault, "waste", i, "record", w->record, r->header.records);
		if (w->twin_site >= r->header.sites)
			return bad(fault, "waste", i, "site", w->twin_site, r->header.sites);
	}
	return 0;
}

int check_contents(const struct reader *r, struct err *fault)
{
	static int (*const checks[])(const struct reader *, struct err *) = {
		check_texts,   check_modules,  check_codes,	  check_frames,	 check_nodes,
		check_sites,   check_records,  check_leak_blocks, check_holders, check_times,
		check_process, check_mappings, check_wastes,
	};
	size_t i;
	int err;

	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		err = checks[i](r, fault);
		if (err)
			return err;
	}
	return 0;
}
