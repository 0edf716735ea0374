/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "analyze/time.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/areas.h"
#include "analyze/explained.h"

static const struct view_site *site_of(const struct analysis *a, const struct model *m, uint32_t id)
{
	return id < m->site_count && a->ids[id] ? &a->view.sites[a->ids[id] - 1] : NULL;
}

static int larger_first(const void *one, const void *two)
{
	const struct view_part *a = one, *b = two;

	if (a->bytes != b->bytes)
		return a->bytes > b->bytes ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

/* Those that hold something, the largest first. */
static const struct view_part *parts_of(struct analysis *a, const struct model *m,
					const uint32_t *sites, const int64_t *bytes, size_t *count)
{
	struct view_part *parts = arena_take(&a->arena, MODEL_HISTORY_SITES, sizeof(*parts));

	*count = 0;
	for (size_t i = 0; parts && i < MODEL_HISTORY_SITES; i++) {
		if (sites[i] && bytes[i])
			parts[(*count)++] = (struct view_part){ sites[i], bytes[i],
								site_of(a, m, sites[i]) };
	}
	if (*count)
		qsort(parts, *count, sizeof(*parts), larger_first);
	return parts;
}

static void fill_marks(struct analysis *a, const struct model *m)
{
	struct view_mark *marks = arena_take(&a->arena, m->mark_count + 1, sizeof(*marks));

	for (size_t i = 0; marks && i < m->mark_count; i++) {
		const struct model_mark *from = &m->marks[i];

		marks[i] = (struct view_mark){
			.us = from->us,
			.live_bytes = from->live_bytes,
			.live_blocks = from->live_blocks,
			.peak_bytes = from->peak_bytes,
			.rss_bytes = from->rss_bytes,
			.text = from->text,
			.tid = from->tid,
			.outside = from->outside,
		};
		marks[i].parts = parts_of(a, m, from->site, from->bytes, &marks[i].part_count);
	}
	a->view.marks = marks;
	a->view.mark_count = m->mark_count;
	a->view.marks_dropped = m->marks_dropped;
}

/* Where marks have been dropped, the header knows of the last pause. */
static void fill_pauses(struct analysis *a, const struct model *m)
{
	struct view_pause *pauses = arena_take(&a->arena, m->mark_count + 2, sizeof(*pauses));
	uint64_t since_us = 0;
	bool is_off = true;
	size_t count = 0;

	if (!pauses || !(m->flags & MODEL_PAUSED))
		return;
	for (size_t i = 0; i < m->mark_count; i++) {
		if (m->marks[i].turned_on && is_off)
			pauses[count++] = (struct view_pause){ since_us, m->marks[i].us };
		if (m->marks[i].turned_off)
			since_us = m->marks[i].us;
		if (m->marks[i].turned_off || m->marks[i].turned_on)
			is_off = m->marks[i].turned_off;
	}
	if (m->is_paused && m->pause_began_us <= m->duration_us)
		pauses[count++] = (struct view_pause){ m->pause_began_us, m->duration_us };
	else if (!count)
		pauses[count++] = (struct view_pause){ m->pause_began_us,
						       m->pause_began_us + m->paused_us };
	a->view.facts.pauses = pauses;
	a->view.facts.pause_count = count;
}

static size_t fill_columns(struct analysis *a, const struct model *m, struct view_column *columns,
			   size_t *from)
{
	const struct model_history *h = &m->history;
	size_t count = 0;

	for (size_t i = 0; i < MODEL_HISTORY_SITES; i++) {
		if (!h->site[i])
			continue;
		from[count] = i;
		columns[count++] = (struct view_column){ h->site[i], h->since_us[i],
							 site_of(a, m, h->site[i]) };
	}
	return count;
}

static void fill_history(struct analysis *a, const struct model *m)
{
	const struct model_history *h = &m->history;
	struct view_column *columns = arena_take(&a->arena, MODEL_HISTORY_SITES, sizeof(*columns));
	struct view_history_row *rows = arena_take(&a->arena, h->row_count + 1, sizeof(*rows));
	int64_t *bytes = arena_take(&a->arena, (h->row_count + 1) * MODEL_HISTORY_SITES,
				    sizeof(*bytes));
	size_t from[MODEL_HISTORY_SITES], count, row, i;

	if (!columns || !rows || !bytes)
		return;
	count = fill_columns(a, m, columns, from);
	for (row = 0; row < h->row_count; row++) {
		for (i = 0; i < count; i++)
			bytes[i] = h->rows[row].bytes[from[i]];
		rows[row] = (struct view_history_row){ h->rows[row].us, h->rows[row].live_bytes,
						       bytes };
		bytes += MODEL_HISTORY_SITES;
	}
	a->view.columns = columns;
	a->view.column_count = count;
	a->view.history = rows;
	a->view.history_count = h->row_count;
	a->view.history_interval_us = h->interval_us;
}

/* The row at that moment or the last one before. */
static const struct model_history_row *row_before(const struct model_history *h, uint64_t us)
{
	const struct model_history_row *row = h->row_count ? h->rows : NULL;

	for (size_t i = 0; i < h->row_count && h->rows[i].us <= us; i++)
		row = &h->rows[i];
	return row;
}

/* False where nothing is known of it. */
static bool find_moment(struct analysis *a, const struct model *m,
			const struct analyze_moment *wanted, struct view_moment *to)
{
	const struct model_history_row *row = row_before(&m->history, wanted->us);
	const struct view_mark *mark;

	if (!wanted->given || (!row && !wanted->mark))
		return false;
	if (wanted->mark) {
		mark = &a->view.marks[wanted->mark - 1];
		*to = (struct view_moment){ .us = mark->us,
					    .text = mark->text,
					    .live_bytes = mark->live_bytes,
					    .parts = mark->parts,
					    .part_count = mark->part_count };
		return true;
	}
	*to = (struct view_moment){ .us = row->us, .live_bytes = row->live_bytes };
	to->parts = parts_of(a, m, m->history.site, row->bytes, &to->part_count);
	return true;
}

static int64_t bytes_at(const struct view_moment *at, uint32_t id)
{
	for (size_t i = 0; i < at->part_count; i++)
		if (at->parts[i].id == id)
			return at->parts[i].bytes;
	return 0;
}

static int smaller_first(const void *one, const void *two)
{
	const struct view_part *a = one, *b = two;

	if (a->bytes != b->bytes)
		return a->bytes < b->bytes ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

/* What the sites of either moment hold more than they did, in the direction of the whole first. */
static void fill_growth(struct analysis *a, struct view_moment *at, const struct view_moment *since)
{
	size_t most = at->part_count + since->part_count, count = 0, i;
	struct view_part *parts = arena_take(&a->arena, most + 1, sizeof(*parts));

	for (i = 0; parts && i < at->part_count; i++) {
		parts[count] = at->parts[i];
		parts[count].bytes -= bytes_at(since, at->parts[i].id);
		count += parts[count].bytes != 0;
	}
	for (i = 0; parts && i < since->part_count; i++) {
		if (bytes_at(at, since->parts[i].id))
			continue;
		parts[count] = since->parts[i];
		parts[count++].bytes = -since->parts[i].bytes;
	}
	if (count)
		qsort(parts, count, sizeof(*parts),
		      at->live_bytes < since->live_bytes ? smaller_first : larger_first);
	at->since = since;
	at->parts = parts;
	at->part_count = count;
}

static void fill_moment(struct analysis *a, const struct model *m,
			const struct analyze_options *options)
{
	struct view_moment *moment = arena_take(&a->arena, 2, sizeof(*moment));

	if (!moment || !find_moment(a, m, &options->at, &moment[0]))
		return;
	a->view.moment = moment;
	if (!find_moment(a, m, &options->since, &moment[1]))
		return;
	fill_growth(a, &moment[0], &moment[1]);
}

static void fill_series(struct analysis *a, const struct model *m)
{
	struct view_series *series = arena_take(&a->arena, m->series_count + 1, sizeof(*series));
	struct view_sample *samples = arena_take(&a->arena, m->sample_count + 1, sizeof(*samples));
	size_t i;

	if (!series || !samples)
		return;
	for (i = 0; i < m->sample_count; i++) {
		const struct model_sample *s = &m->samples[i];

		samples[i] = (struct view_sample){ s->us,	 s->rss_bytes, s->shared_bytes,
						   s->pss_bytes, s->uss_bytes, s->swap_bytes,
						   s->threads,	 s->processes, s->late };
	}
	for (i = 0; i < m->series_count; i++) {
		const struct model_series *s = &m->series[i];

		series[i] = (struct view_series){
			.pid = s->pid,
			.parent_pid = s->parent_pid,
			.name = s->name,
			.rss_peak_bytes = s->rss_peak_bytes,
			.interval_us = s->interval_us,
			.late = s->late,
			.longest_ms = s->longest_ms,
			.samples = samples + (s->samples - m->samples),
			.sample_count = s->sample_count,
		};
	}
	a->view.series = series;
	a->view.series_count = m->series_count;
}

/* What is resident of the heap cannot be more than the anonymous memory that is left. */
static void fill_account(struct analysis *a, const struct model *m)
{
	const struct model_account *from = explained_account(m);
	struct view_account *to;
	uint64_t live, rest;

	if (!from)
		return;
	to = arena_take(&a->arena, 1, sizeof(*to));
	if (!to)
		return;
	live = from->live_bytes > 0 ? (uint64_t)from->live_bytes : 0;
	rest = from->anonymous_bytes - from->mapped_bytes;
	*to = (struct view_account){
		.us = from->us,
		.rss_bytes = from->rss_bytes,
		.live_bytes = from->live_bytes,
		.blocks = from->blocks,
		.mapped_bytes = from->mapped_bytes,
		.heap_bytes = live < rest ? live : rest,
		.file_bytes = from->file_bytes,
		.stack_bytes = from->stack_bytes,
		.recorder_bytes = from->recorder_bytes,
	};
	to->absent_bytes = live - to->heap_bytes;
	to->free_bytes = rest - to->heap_bytes;
	a->view.account = to;
}

int time_fill(struct analysis *a, const struct model *m, const struct analyze_options *options)
{
	fill_history(a, m);
	if (areas_fill(a, m) < 0)
		return -ENOMEM;
	fill_marks(a, m);
	fill_pauses(a, m);
	fill_moment(a, m, options);
	fill_series(a, m);
	fill_account(a, m);
	return a->arena.failed ? -ENOMEM : 0;
}
