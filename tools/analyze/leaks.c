/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "analyze/leaks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/sums.h"
#include "base/util.h"

_Static_assert((int)VIEW_LEAK_CLASSES == (int)MODEL_LEAKS, "classes");
_Static_assert((int)VIEW_REACHABLE - (int)VIEW_DEFINITE == (int)MODEL_REACHABLE, "classes");

static const char *const state_names[MODEL_SCAN_STATES] = {
	[MODEL_SCAN_NONE] = "none",
	[MODEL_SCAN_DONE] = "done",
	[MODEL_SCAN_RUNNING] = "running",
	[MODEL_SCAN_OFF] = "off",
	[MODEL_SCAN_LOCKED_DOWN] = "locked_down",
	[MODEL_SCAN_NO_MEMORY] = "no_memory",
	[MODEL_SCAN_NO_SPACE] = "no_space",
	[MODEL_SCAN_NO_MAPS] = "no_maps",
	[MODEL_SCAN_TIMED_OUT] = "timed_out",
	[MODEL_SCAN_FAILED] = "failed",
	[MODEL_SCAN_NO_COPY] = "no_copy",
	[MODEL_SCAN_WITHHELD] = "withheld",
};

static const char *const state_words[MODEL_SCAN_STATES] = {
	[MODEL_SCAN_RUNNING] = "the process ended, or still is, amid the search",
	[MODEL_SCAN_OFF] = "recorded with --no-leaks",
	[MODEL_SCAN_LOCKED_DOWN] = "the program had given up its system calls (seccomp)",
	[MODEL_SCAN_NO_MEMORY] = "there was no memory for the search",
	[MODEL_SCAN_NO_SPACE] = "the recording had no room for the findings; record with a larger "
				"--max-size, or where the disk has room",
	[MODEL_SCAN_NO_MAPS] = "/proc/self/maps could not be read; is /proc mounted there?",
	[MODEL_SCAN_TIMED_OUT] = "the search took too long; allow more with --leaks-time",
	[MODEL_SCAN_FAILED] = "the search failed, a fault of tidemark; please report it",
	[MODEL_SCAN_NO_COPY] = "the process could not be copied, and other threads would not stop",
	[MODEL_SCAN_WITHHELD] = "the program keeps memory from copies of itself (MADV_DONTFORK); "
				"only the search at its end can see that",
};

/* As they stand in JSON; the order is that of the bits. */
static const char *const scan_flags[] = { "on_demand", "in_place", "holders", "loose", "sampled" };

static const char *const holder_kinds[MODEL_HOLDER_KINDS] = {
	[MODEL_HOLDER_CUT] = "cut",	      [MODEL_HOLDER_BLOCK] = "block",
	[MODEL_HOLDER_DATA] = "data",	      [MODEL_HOLDER_STACK] = "stack",
	[MODEL_HOLDER_REGISTER] = "register", [MODEL_HOLDER_TLS] = "tls",
	[MODEL_HOLDER_MAPPING] = "mapping",   [MODEL_HOLDER_LOADER] = "loader",
};

/* Without a scan the reason lies in how the process ended. */
static const char *why_none(const struct view_facts *f, const struct model *m)
{
	if (m->state == MODEL_EXECED)
		return "the program went on as another (exec)";
	if (m->state == MODEL_DIED)
		return "the program was ended by a signal";
	if (m->state == MODEL_RUNNING && f->alive == VIEW_GONE)
		return "the program ended without a word (killed)";
	if (m->state == MODEL_RUNNING)
		return "the program had not ended yet";
	return "the program ended past the place where the search is made";
}

/* Where no block was ever seen for that it was too early, none could be found lost. */
static bool has_begun(const struct model *m)
{
	return !(m->flags & MODEL_PAUSED) || m->sums.calls || m->sums.live_blocks;
}

static void fill_flags(struct analysis *a, struct view_scan *s, uint32_t flags)
{
	size_t names = sizeof(scan_flags) / sizeof(scan_flags[0]), i;
	const char **list = arena_take(&a->arena, names + 1, sizeof(*list));

	for (i = 0; list && i < names; i++)
		if (flags & 1u << i)
			list[s->flag_count++] = scan_flags[i];
	s->flags = list;
}

void leaks_facts(struct analysis *a, const struct model *m)
{
	struct view_facts *f = &a->view.facts;
	struct view_leaks *leaks;

	f->scan = (struct view_scan){
		.state = state_names[m->scan.state],
		.why = m->scan.state == MODEL_SCAN_NONE ? why_none(f, m)
							: state_words[m->scan.state],
		.us = m->scan.us,
		.took_us = m->scan.took_us,
		.pause_us = m->scan.pause_us,
		.number = m->scan.number,
		.since_ms = m->scan.since_ms,
		.threads = m->scan.threads,
		.unparked = m->scan.unparked,
		.on_demand = (m->scan.flags & MODEL_SCAN_ON_DEMAND) != 0,
	};
	fill_flags(a, &f->scan, m->scan.flags);
	if (m->scan.state != MODEL_SCAN_DONE)
		return;
	if (!has_begun(m)) {
		f->scan.why = "recording had not begun";
		return;
	}
	f->sum.leaks = sums_of_leaks(&m->leaks);
	leaks = arena_take(&a->arena, 1, sizeof(*leaks));
	if (leaks)
		*leaks = f->sum.leaks;
	f->leaks = leaks;
}

static const char *on_demand_doubt(struct analysis *a, const struct model *m)
{
	const struct view_facts *f = &a->view.facts;

	if (!f->scan.on_demand || f->alive == VIEW_ALIVE)
		return NULL;
	return arena_printf(&a->arena,
			    "leaks were looked for on demand at %s and not at the end: what was "
			    "lost after that is not told",
			    util_duration(m->scan.us).text);
}

const char *leaks_doubt(struct analysis *a, const struct model *m)
{
	if (m->scan.state != MODEL_SCAN_DONE || !has_begun(m))
		return NULL;
	if (on_demand_doubt(a, m))
		return on_demand_doubt(a, m);
	if (m->scan.flags & MODEL_SCAN_IN_PLACE)
		return "no copy of the process could be made for the leak scan, so it looked at "
		       "memory that other threads may have changed meanwhile";
	if (m->scan.flags & MODEL_SCAN_LOOSE)
		return "blocks are missing from the books, so the leak scan believed every pointer "
		       "in malloc's memory and may have missed leaks";
	if (m->scan.since_ms)
		return arena_printf(&a->arena, "the leak scan counted only blocks born after %s",
				    util_duration((uint64_t)m->scan.since_ms * 1000).text);
	return NULL;
}

static const struct view_site *site_of(const struct analysis *a, uint32_t site)
{
	return a->ids[site] ? &a->view.sites[a->ids[site] - 1] : NULL;
}

static const char *thread_name(const struct model *m, uint32_t tid)
{
	size_t i;

	for (i = 1; i < m->thread_count; i++)
		if (m->threads[i].tid == tid)
			return m->threads[i].name;
	return NULL;
}

static void fill_holder(const struct analysis *a, const struct model *m,
			const struct model_holder *from, struct view_holder *to)
{
	const struct model_module *module;

	to->kind = holder_kinds[from->kind];
	to->address = from->address;
	to->offset = from->offset;
	to->bytes = from->bytes;
	switch (from->kind) {
	case MODEL_HOLDER_BLOCK:
		to->site = site_of(a, from->where);
		break;
	case MODEL_HOLDER_DATA:
		module = &m->modules[from->where];
		to->module = from->where ? module->path : NULL;
		to->offset = from->address - module->bias;
		break;
	case MODEL_HOLDER_STACK:
	case MODEL_HOLDER_REGISTER:
	case MODEL_HOLDER_TLS:
		to->tid = from->where;
		to->thread = thread_name(m, from->where);
		break;
	default:
		break;
	}
}

static const struct view_holder *fill_holders(struct analysis *a, const struct model *m,
					      const struct names *names)
{
	struct view_holder *list = arena_take(&a->arena, m->holder_count + 1, sizeof(*list));
	size_t i;

	for (i = 1; list && i < m->holder_count; i++) {
		fill_holder(a, m, &m->holders[i], &list[i]);
		if (names->data && names->data[i].name) {
			list[i].symbol = pool_text(&names->pool, names->data[i].name);
			list[i].symbol_offset = names->data[i].offset;
		}
		list[i].outer = m->holders[i].outer ? &list[m->holders[i].outer] : NULL;
	}
	return list;
}

static uint32_t site_id(const struct view_leak_block *b)
{
	return b->site ? b->site->id : UINT32_MAX;
}

/* By site, then class, the largest first. */
static int compare_blocks(const void *one, const void *two)
{
	const struct view_leak_block *a = one, *b = two;
	uint64_t a_bytes = a->bytes + a->held_bytes, b_bytes = b->bytes + b->held_bytes;

	if (site_id(a) != site_id(b))
		return site_id(a) < site_id(b) ? -1 : 1;
	if (a->leak_class != b->leak_class)
		return a->leak_class < b->leak_class ? -1 : 1;
	if (a_bytes != b_bytes)
		return a_bytes > b_bytes ? -1 : 1;
	return a->address < b->address ? -1 : a->address > b->address;
}

int leaks_blocks(struct analysis *a, const struct model *m, const struct names *names)
{
	const struct view_holder *holders = fill_holders(a, m, names);
	struct view_leak_block *to = arena_take(&a->arena, m->leak_block_count + 1, sizeof(*to));
	const struct model_leak_block *from;
	size_t count = 0, i;

	if (!holders || !to)
		return -ENOMEM;
	for (i = 1; i < m->leak_block_count; i++) {
		from = &m->leak_blocks[i];
		if (!from->address)
			continue;
		to[count++] = (struct view_leak_block){
			.site = site_of(a, from->site),
			.holder = from->holder ? &holders[from->holder] : NULL,
			.address = from->address,
			.bytes = from->bytes,
			.held_bytes = from->held_bytes,
			.held_blocks = from->held_blocks,
			.birth_ms = from->birth_ms,
			.leak_class = from->leak_class,
			.leader = m->leak_blocks[from->leader].address,
		};
	}
	if (count)
		qsort(to, count, sizeof(*to), compare_blocks);
	a->view.leak_blocks = to;
	a->view.leak_block_count = count;
	return 0;
}

bool leaks_has_tables(const struct analysis *a)
{
	return a->view.facts.leaks && a->view.by != VIEW_THREAD;
}

/* The first block not before this site and class. */
static size_t find_blocks(const struct view *v, uint32_t site, uint32_t leak_class)
{
	size_t low = 0, high = v->leak_block_count, middle;
	const struct view_leak_block *b;

	while (low < high) {
		middle = low + (high - low) / 2;
		b = &v->leak_blocks[middle];
		if (site_id(b) < site || (site_id(b) == site && b->leak_class < leak_class))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void leaks_of_rows(const struct analysis *a, struct view_table *table)
{
	uint32_t leak_class = (uint32_t)table->sort - VIEW_DEFINITE;
	struct view_row *row;
	size_t i, from;

	if (table->sort < VIEW_DEFINITE)
		return;
	for (i = 0; i < table->row_count; i++) {
		row = &table->rows[i];
		if (!row->site)
			continue;
		from = find_blocks(&a->view, row->site->id, leak_class);
		row->blocks = a->view.leak_blocks + from;
		row->block_count = find_blocks(&a->view, row->site->id, leak_class + 1) - from;
	}
}
