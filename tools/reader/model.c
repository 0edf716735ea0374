/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "reader/model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "reader/model_scan.h"
#include "reader/model_time.h"
#include "reader/reader.h"

_Static_assert(MODEL_HISTOGRAM == TIDE_HISTOGRAM, "histogram");
_Static_assert((int)MODEL_SNAPSHOT == (int)TIDE_FLAG_SNAPSHOT, "flags");
_Static_assert((int)MODEL_FRAME_POINTERS == (int)TIDE_FLAG_FRAME_POINTERS, "flags");
_Static_assert((int)MODEL_RSS_IS_PEAK == (int)TIDE_FLAG_RSS_IS_PEAK, "flags");
_Static_assert((int)MODEL_OBJECTS_LATER == (int)TIDE_OBJECTS_LATER, "objects");
_Static_assert((int)MODEL_PYTHON_MISFIT == (int)TIDE_PYTHON_MISFIT, "python");
_Static_assert((int)MODEL_RESERVED == (int)TIDE_MAPPING_RESERVED + 1, "mappings");
_Static_assert((int)MODEL_INTERRUPTED == (int)TIDE_DROP_INTERRUPTED, "drops");

static void add(int64_t *to, int64_t what)
{
	*to = (int64_t)((uint64_t)*to + (uint64_t)what);
}

void model_add(struct model_sums *to, const struct model_sums *what)
{
	add(&to->at_peak_bytes, what->at_peak_bytes);
	add(&to->at_peak_blocks, what->at_peak_blocks);
	add(&to->live_bytes, what->live_bytes);
	add(&to->live_blocks, what->live_blocks);
	to->total_bytes += what->total_bytes;
	to->calls += what->calls;
	to->temporaries += what->temporaries;
}

static struct model_sums record_sums(const struct tide_record *r, uint32_t epoch)
{
	bool snapped = r->snap_epoch == epoch;

	return (struct model_sums){
		.at_peak_bytes = snapped ? r->snap_bytes : r->live_bytes,
		.at_peak_blocks = snapped ? r->snap_blocks : r->live_blocks,
		.live_bytes = r->live_bytes,
		.live_blocks = r->live_blocks,
		.total_bytes = r->total_bytes,
		.calls = r->calls,
		.temporaries = r->temporaries,
	};
}

static void fold_record(struct model *m, const struct tide_record *r, struct model_share *share,
			uint32_t epoch)
{
	uint32_t number = r->site & ~TIDE_RECORD_SHARED;
	struct model_site *site = &m->sites[number];
	unsigned i;

	share->site = number;
	share->thread = r->thread;
	share->sums = record_sums(r, epoch);
	model_add(&site->sums, &share->sums);
	model_add(&m->sums, &share->sums);
	if (r->high_bytes > site->own_peak_bytes)
		site->own_peak_bytes = r->high_bytes;
	if (r->calls && (!site->used || r->first_ms < site->first_ms))
		site->first_ms = r->first_ms;
	if (r->calls && r->last_ms > site->last_ms)
		site->last_ms = r->last_ms;
	site->used |= r->calls || r->live_blocks;
	site->threads++;
	for (i = 0; i < TIDE_HISTOGRAM; i++)
		site->histogram[i] += r->histogram[i];
}

static void fold_sites(struct model *m, const struct reader *r)
{
	const struct tide_site *from;
	struct model_site *site;
	size_t i;

	for (i = 0; i < m->share_count; i++)
		fold_record(m, &r->records[i], &m->shares[i], r->header.pulse.epoch);
	for (i = 0; i < m->mapping_first; i++) {
		from = &r->sites[i];
		site = &m->sites[i];
		site->node = from->node;
		site->cut = from->flags & TIDE_SITE_CUT;
		site->arena = from->flags & TIDE_SITE_ARENA;
		if (from->flags & TIDE_SITE_SHARED && from->shared_high > site->own_peak_bytes)
			site->own_peak_bytes = from->shared_high;
		/* A shared site's parts lag behind; what it held at the peak it held for sure. */
		if (site->sums.at_peak_bytes > site->own_peak_bytes)
			site->own_peak_bytes = site->sums.at_peak_bytes;
		if (site->sums.live_bytes > site->own_peak_bytes)
			site->own_peak_bytes = site->sums.live_bytes;
	}
}

/* A mapping is to be seen as a site of its own, whose stack another one may have too. */
static void fold_mapping(struct model *m, const struct reader *r, const struct tide_mapping *from,
			 struct model_site *to)
{
	const struct tide_site *site = &r->sites[from->site];
	bool snapped = from->snap_epoch == r->header.pulse.epoch;

	*to = (struct model_site){
		.sums = {
			.at_peak_bytes = snapped ? from->snap_bytes : from->live_bytes,
			.at_peak_blocks = snapped ? from->snap_ranges : from->live_ranges,
			.live_bytes = from->live_bytes,
			.live_blocks = from->live_ranges,
			.total_bytes = from->total_bytes,
			.calls = from->calls,
		},
		.own_peak_bytes = from->high_bytes,
		.node = from->site ? site->node : 0,
		.first_ms = from->first_ms,
		.last_ms = from->last_ms,
		.cut = from->site && site->flags & TIDE_SITE_CUT,
		.made = (enum model_made)(from->kind + 1),
		.used = r->header.mapped.counted >> from->kind & 1,
	};
	to->threads = to->used;
	if (to->used)
		model_add(&m->sums, &to->sums);
}

/* Threads do not keep them apart: who asks by thread is told that they are no thread's. */
static void fold_mappings(struct model *m, const struct reader *r)
{
	m->counts_mappings = r->header.mapped.counted;
	for (uint32_t i = 1; i < r->header.mapped.mappings; i++) {
		uint32_t number = (uint32_t)m->mapping_first + i - 1;

		fold_mapping(m, r, &r->mappings[i], &m->sites[number]);
		if (m->sites[number].used)
			m->shares[m->share_count++] = (struct model_share){ m->sites[number].sums,
									    number, 0 };
	}
}

static void fold_wastes(struct model *m, const struct reader *r)
{
	for (uint32_t i = 1; i < r->header.wastes; i++) {
		const struct tide_waste *from = &r->wastes[i];
		uint32_t site = r->records[from->record].site & ~TIDE_RECORD_SHARED;
		struct model_waste *to = &m->sites[site].waste;

		to->grown += from->grown;
		to->grown_again += from->grown_again;
		to->grown_from_bytes += from->grown_from_bytes;
		to->grown_to_bytes += from->grown_to_bytes;
		to->moved_bytes += from->moved_bytes;
		to->twins += from->twins;
		to->twin_bytes += from->twin_bytes;
		to->seen_pages += from->seen_pages;
		to->untouched_pages += from->untouched_pages;
		if (from->freed_ms && (!to->freed_ms || from->freed_ms < to->freed_ms))
			to->freed_ms = from->freed_ms;
		if (from->twins)
			to->twin_site = from->twin_site;
	}
}

static void copy_modules(struct model *m, const struct reader *r)
{
	const struct tide_module *from;
	struct model_module *to;
	size_t i;

	for (i = 0; i < m->module_count; i++) {
		from = &r->modules[i];
		to = &m->modules[i];
		to->start = from->start;
		to->end = from->end;
		to->bias = from->bias;
		to->path = i ? m->text + from->path : "";
		to->build_id_bytes = i ? from->build_id_bytes : 0;
		memcpy(to->build_id, from->build_id, to->build_id_bytes);
	}
}

static void copy_codes(struct model *m, const struct reader *r)
{
	size_t i;

	for (i = 1; i < m->code_count; i++) {
		const struct tide_code *from = &r->codes[i];

		m->codes[i].function = from->function ? m->text + from->function : NULL;
		m->codes[i].file = from->file ? m->text + from->file : NULL;
		m->codes[i].first_line = from->first_line;
	}
}

static void copy_stacks(struct model *m, const struct reader *r)
{
	size_t i;

	for (i = 1; i < m->frame_count; i++) {
		m->frames[i].pc = r->frames[i].pc;
		m->frames[i].module = r->frames[i].module;
		m->frames[i].exact = r->frames[i].flags & TIDE_FRAME_EXACT;
		m->frames[i].guessed = r->frames[i].flags & TIDE_FRAME_GUESSED;
		if (!(r->frames[i].flags & TIDE_FRAME_PYTHON))
			continue;
		m->frames[i].code = TIDE_PYTHON_CODE(r->frames[i].pc);
		m->frames[i].line = TIDE_PYTHON_LINE(r->frames[i].pc);
		m->frames[i].module = 0;
	}
	for (i = 1; i < m->node_count; i++)
		m->nodes[i] = (struct model_node){ r->nodes[i].parent, r->nodes[i].frame };
}

static void copy_rest(struct model *m, const struct reader *r)
{
	size_t i;

	for (i = 0; i < m->thread_count; i++) {
		m->threads[i].tid = r->threads[i].tid;
		m->threads[i].users = r->threads[i].users;
		/* A place taken over while it is read may name a site that is newer. */
		if (r->threads[i].spawn_site < r->header.sites)
			m->threads[i].spawn_site = r->threads[i].spawn_site;
		m->threads[i].spawned_apart = r->threads[i].spawned_apart != 0;
		memcpy(m->threads[i].name, r->threads[i].name, sizeof(r->threads[i].name));
	}
	for (i = 0; i < m->row_count; i++)
		m->rows[i] = (struct model_row){ r->rows[i].us, r->rows[i].live_bytes,
						 r->rows[i].live_blocks, r->rows[i].rss_bytes };
}

static const char *text_at(const struct model *m, struct tide_text text)
{
	return text.bytes ? m->text + text.offset : "";
}

/* A run of strings becomes a list; an empty string counts. */
static int split(const struct model *m, struct tide_text run, const char ***list, size_t *count)
{
	const char *at = text_at(m, run), *end = at + run.bytes;
	size_t n = 0;

	*count = 0;
	*list = NULL;
	if (!run.bytes)
		return 0;
	for (; at <= end; at += strlen(at) + 1)
		n++;
	*list = calloc(n, sizeof(**list));
	if (!*list)
		return -ENOMEM;
	for (at = text_at(m, run); at <= end; at += strlen(at) + 1)
		(*list)[(*count)++] = at;
	return 0;
}

static uint64_t duration_us(const struct reader *r)
{
	uint64_t us = r->header.end_us, last_us;

	if (us)
		return us;
	us = r->header.pulse.now_us;
	if (r->header.timeline_rows) {
		last_us = r->rows[r->header.timeline_rows - 1].us;
		us = last_us > us ? last_us : us;
	}
	return us > r->header.pulse.peak_us ? us : r->header.pulse.peak_us;
}

/* The present pause counts as far as the recording goes. */
static uint64_t pause_us(const struct tide_header *h, uint64_t duration_us)
{
	if (!(h->pulse.control & TIDE_CONTROL_OFF) || duration_us < h->pause_began_us)
		return h->paused_us;
	return h->paused_us + duration_us - h->pause_began_us;
}

static void copy_counters(struct model *m, const struct tide_header *h)
{
	m->state = (enum model_state)(h->state - TIDE_RUNNING);
	m->end_status = h->end_status;
	m->pid = h->pid;
	m->parent_pid = h->parent_pid;
	m->forked_from = h->forked_from;
	m->flags = h->flags;
	m->page_bytes = h->page_bytes;
	m->depth_max = h->depth_max;
	m->threads_most = h->threads_most ? h->threads_most : 1;
	m->python = h->python_state <= TIDE_PYTHON_MISFIT ? (enum model_python)h->python_state
							  : MODEL_PYTHON_UNKNOWN;
	m->python_version = h->python_version;
	m->python_objects = h->python_objects <= TIDE_OBJECTS_LATER
				    ? (enum model_objects)h->python_objects
				    : MODEL_OBJECTS_UNKNOWN;
	m->sample_bytes = h->sample_bytes;
	m->start_unix_ns = h->start_unix_ns;
	m->interval_us = h->timeline_interval_us;
	m->rss_peak_bytes = h->rss_peak_bytes;
	m->inherited_bytes = h->inherited_bytes;
	m->inherited_blocks = h->inherited_blocks;
	m->peak_bytes = h->pulse.peak_bytes;
	m->peak_us = h->pulse.peak_us;
	m->peak_error_bytes = h->pulse.error_bytes;
	memcpy(m->drops, h->drops, sizeof(m->drops));
	m->verify = (struct model_verify){ h->verified, h->verified_fresh, h->verify_differences,
					   h->verify_cache_stale, h->verify_unsure };
}

static int copy_header(struct model *m, const struct reader *r)
{
	const struct tide_header *h = &r->header;
	int err;

	copy_counters(m, h);
	m->duration_us = duration_us(r);
	m->paused_us = pause_us(&r->header, m->duration_us);
	m->pause_began_us = h->pause_began_us;
	m->is_paused = h->pulse.control & TIDE_CONTROL_OFF;
	m->program = text_at(m, h->exe);
	m->cwd = text_at(m, h->cwd);
	m->host = text_at(m, h->host);
	m->allocator = text_at(m, h->allocator);
	err = split(m, h->args, &m->args, &m->arg_count);
	if (!err)
		err = split(m, h->options, &m->options, &m->option_count);
	if (!*m->program && m->arg_count)
		m->program = m->args[0];
	return err;
}

static int take_room(struct model *m, const struct tide_header *h)
{
	m->module_count = h->modules;
	m->frame_count = h->frames;
	m->code_count = h->codes;
	m->node_count = h->nodes;
	m->mapping_first = h->sites;
	m->site_count = h->sites + (h->mapped.mappings ? h->mapped.mappings - 1 : 0);
	m->share_count = h->records;
	m->thread_count = h->threads;
	m->row_count = h->timeline_rows;
	m->text = calloc(1, (size_t)h->text_bytes + 1);
	m->modules = calloc(m->module_count + 1, sizeof(*m->modules));
	m->frames = calloc(m->frame_count + 1, sizeof(*m->frames));
	m->codes = calloc(m->code_count + 1, sizeof(*m->codes));
	m->nodes = calloc(m->node_count + 1, sizeof(*m->nodes));
	m->sites = calloc(m->site_count + 1, sizeof(*m->sites));
	m->shares = calloc(m->share_count + h->mapped.mappings + 1, sizeof(*m->shares));
	m->threads = calloc(m->thread_count + 1, sizeof(*m->threads));
	m->rows = calloc(m->row_count + 1, sizeof(*m->rows));
	if (!m->text || !m->modules || !m->frames || !m->codes || !m->nodes || !m->sites ||
	    !m->shares || !m->threads || !m->rows)
		return -ENOMEM;
	return 0;
}

int model_fold(struct model *m, const struct reader *r)
{
	int err;

	memset(m, 0, sizeof(*m));
	err = take_room(m, &r->header);
	if (err)
		goto out;
	memcpy(m->text, r->text, r->header.text_bytes);
	err = copy_header(m, r);
	if (err)
		goto out;
	copy_modules(m, r);
	copy_codes(m, r);
	copy_stacks(m, r);
	copy_rest(m, r);
	fold_sites(m, r);
	fold_mappings(m, r);
	fold_wastes(m, r);
	err = model_scan_fold(m, r);
	if (!err)
		err = model_time_fold(m, r);
out:
	if (err)
		model_free(m);
	return err;
}

int model_load(struct model *m, const char *path, struct err *fault)
{
	struct reader r;
	int err;

	memset(m, 0, sizeof(*m));
	err = reader_open(&r, path, fault);
	if (err)
		return err;
	err = model_fold(m, &r);
	reader_close(&r);
	if (err)
		strcpy(fault->text, "not enough memory to load it");
	return err;
}

void model_free(struct model *m)
{
	free(m->args);
	free(m->options);
	free(m->text);
	free(m->modules);
	free(m->frames);
	free(m->codes);
	free(m->nodes);
	free(m->sites);
	free(m->shares);
	free(m->threads);
	free(m->rows);
	model_time_free(m);
	free(m->leak_blocks);
	free(m->holders);
	memset(m, 0, sizeof(*m));
}
