/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "analyze/build.h"

#include <errno.h>
#include <stdlib.h>

#include "analyze/fold.h"
#include "analyze/sums.h"

_Static_assert(VIEW_HISTOGRAM == MODEL_HISTOGRAM, "histogram");

static const char *hex_id(struct arena *arena, const struct model_module *module)
{
	char *text = arena_take(arena, module->build_id_bytes * 2 + 1, 1);
	uint32_t i;

	for (i = 0; text && i < module->build_id_bytes; i++) {
		text[i * 2] = "0123456789abcdef"[module->build_id[i] >> 4];
		text[i * 2 + 1] = "0123456789abcdef"[module->build_id[i] & 15];
	}
	return text;
}

int build_modules(struct analysis *a, const struct model *m)
{
	struct view_module *modules = arena_take(&a->arena, m->module_count + 1, sizeof(*modules));
	size_t i;

	for (i = 0; modules && i < m->module_count; i++) {
		modules[i].path = m->modules[i].path;
		modules[i].build_id = hex_id(&a->arena, &m->modules[i]);
		modules[i].start = m->modules[i].start;
		modules[i].end = m->modules[i].end;
		modules[i].bias = m->modules[i].bias;
	}
	a->view.modules = modules;
	a->view.module_count = m->module_count;
	return a->arena.failed ? -ENOMEM : 0;
}

static const char *known(const struct names *names, uint32_t number)
{
	return number ? pool_text(&names->pool, number) : NULL;
}

int build_frames(struct analysis *a, const struct model *m, const struct names *names)
{
	struct view_frame *frames = arena_take(&a->arena, names->count + 1, sizeof(*frames));
	const struct model_frame *from;
	const struct name *name;
	size_t i;

	a->kinds = arena_take(&a->arena, names->count + 1, 1);
	if (!frames || !a->kinds)
		return -ENOMEM;
	for (i = 0; i < names->count; i++) {
		name = &names->list[i];
		from = &m->frames[name->frame];
		frames[i] = (struct view_frame){
			.pc = from->pc,
			.offset = from->pc - m->modules[from->module].bias,
			.module = from->module ? m->modules[from->module].path : NULL,
			.build_id = a->view.modules[from->module].build_id,
			.function = known(names, name->function),
			.linkage = known(names, name->linkage),
			.file = known(names, name->file),
			.line = name->line,
			.module_number = from->module,
			.exact = from->exact,
			.inlined = name->inlined,
			.guessed = from->guessed,
			.python = name->python,
			.first_line = from->code ? m->codes[from->code].first_line : 0,
		};
		a->kinds[i] = (uint8_t)fold_kind(&frames[i]);
	}
	a->view.frames = frames;
	a->view.frame_count = names->count;
	return 0;
}

/* pthread_create passes through the library, which has no place in the program's stacks. */
static bool is_ours(const struct analysis *a, const struct names_span *span)
{
	return span->count && a->kinds[span->first] == FOLD_OURS;
}

static uint32_t stack_frames(const struct analysis *a, const struct model *m,
			     const struct names *names, uint32_t node, uint32_t *to)
{
	const struct names_span *span;
	uint32_t count = 0, i;

	for (; node; node = m->nodes[node].parent) {
		span = &names->spans[m->nodes[node].frame];
		for (i = 0; i < span->count && !is_ours(a, span); i++, count++)
			if (to)
				to[count] = span->first + i;
	}
	return count;
}

static const char *const made_names[MODEL_MADE] = {
	[MODEL_ANONYMOUS] = "anonymous", [MODEL_FILE] = "file",
	[MODEL_SHARED] = "shared",	 [MODEL_ARENA] = "arena",
	[MODEL_ALLOCATOR] = "allocator", [MODEL_RESERVED] = "reserved",
};

static void fill_site(struct view_site *to, const struct model_site *from, uint32_t id,
		      uint64_t sample_bytes)
{
	size_t i;

	to->sums = sums_of(&from->sums, from->own_peak_bytes);
	to->sums.leaks = sums_of_leaks(&from->leaks);
	/* A mapping is never left to chance. */
	if (!from->made)
		to->at_peak_error_bytes = sums_error(to->sums.at_peak_bytes, sample_bytes);
	to->id = id;
	to->mapping = made_names[from->made];
	to->first_ms = from->first_ms;
	to->last_ms = from->last_ms;
	to->threads = from->threads;
	to->cut = from->cut;
	to->arena = from->arena;
	for (i = 0; i < VIEW_HISTOGRAM; i++)
		to->histogram[i] = from->histogram[i];
}

static uint64_t count_frames(const struct analysis *a, const struct model *m,
			     const struct names *names, struct view_site *sites, size_t count,
			     uint64_t first)
{
	for (size_t i = 0; i < count; i++) {
		sites[i].first = (uint32_t)first;
		sites[i].count = stack_frames(a, m, names, m->sites[sites[i].id].node, NULL);
		first += sites[i].count;
	}
	return first;
}

static void fill_frames(struct analysis *a, const struct model *m, const struct names *names,
			struct view_site *sites, size_t count, bool all)
{
	struct view *v = &a->view;

	for (size_t i = 0; i < count; i++) {
		struct view_site *site = &sites[i];

		stack_frames(a, m, names, m->sites[site->id].node, v->stack + site->first);
		site->shown = site->first;
		site->shown_count = site->count;
		if (!all)
			fold_ends(a->kinds, v->stack, site);
	}
}

static int fill_stacks(struct analysis *a, const struct model *m, const struct names *names,
		       const struct analyze_options *options)
{
	struct view *v = &a->view;
	uint64_t total = count_frames(a, m, names, v->sites, v->site_count, 0);

	total = count_frames(a, m, names, v->spawns, v->spawn_count, total);
	total = count_frames(a, m, names, v->mappings, v->mapping_count, total);
	if (total > UINT32_MAX)
		return -EOVERFLOW;
	v->stack = arena_take(&a->arena, total + 1, sizeof(*v->stack));
	if (!v->stack)
		return -ENOMEM;
	fill_frames(a, m, names, v->sites, v->site_count, options->all_frames);
	fill_frames(a, m, names, v->spawns, v->spawn_count, false);
	fill_frames(a, m, names, v->mappings, v->mapping_count, options->all_frames);
	return 0;
}

static int larger_first(const void *one, const void *two)
{
	const struct view_site *a = one, *b = two;
	int order = sums_compare(&a->sums, &b->sums, VIEW_LIVE);

	if (!order)
		order = sums_compare(&a->sums, &b->sums, VIEW_OWN_PEAK);
	return order ? order : a->id < b->id ? -1 : a->id > b->id;
}

static int fill_mappings(struct analysis *a, const struct model *m)
{
	struct view *v = &a->view;

	v->counts_mappings = m->counts_mappings;
	v->mappings = arena_take(&a->arena, m->site_count - m->mapping_first + 1,
				 sizeof(*v->mappings));
	if (!v->mappings)
		return -ENOMEM;
	for (size_t i = m->mapping_first; i < m->site_count; i++) {
		if (m->sites[i].sums.total_bytes || m->sites[i].own_peak_bytes)
			fill_site(&v->mappings[v->mapping_count++], &m->sites[i], (uint32_t)i,
				  m->sample_bytes);
	}
	if (v->mapping_count)
		qsort(v->mappings, v->mapping_count, sizeof(*v->mappings), larger_first);
	return 0;
}

/* One for each thread that is known to have been begun somewhere. */
static int fill_spawns(struct analysis *a, const struct model *m)
{
	struct view *v = &a->view;
	size_t i;

	v->spawns = arena_take(&a->arena, m->thread_count + 1, sizeof(*v->spawns));
	if (!v->spawns)
		return -ENOMEM;
	for (i = 0; i < m->thread_count; i++)
		if (m->threads[i].spawn_site)
			v->spawns[v->spawn_count++].id = m->threads[i].spawn_site;
	return 0;
}

int build_sites(struct analysis *a, const struct model *m, const struct names *names,
		const struct analyze_options *options)
{
	struct view *v = &a->view;
	uint32_t i;
	int err;

	v->sites = arena_take(&a->arena, m->site_count + 1, sizeof(*v->sites));
	a->ids = arena_take(&a->arena, m->site_count + 1, sizeof(*a->ids));
	if (!v->sites || !a->ids)
		return -ENOMEM;
	for (i = 0; i < m->site_count; i++)
		if (m->sites[i].used)
			fill_site(&v->sites[v->site_count++], &m->sites[i], i, m->sample_bytes);
	err = fill_mappings(a, m);
	if (!err)
		err = fill_spawns(a, m);
	return err ? err : fill_stacks(a, m, names, options);
}
