/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "reader/model_time.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "reader/reader.h"

_Static_assert(MODEL_HISTORY_SITES == TIDE_HISTORY_SITES, "columns");

/* Of a program that still runs rows may be caught on their way to another place: time tells. */
static int fold_history(struct model *m, const struct reader *r)
{
	const struct tide_times *times = &r->header.times;
	struct model_history *to = &m->history;
	uint64_t last_us = 0;

	to->rows = calloc((size_t)times->history + 1, sizeof(*to->rows));
	if (!to->rows)
		return -ENOMEM;
	to->interval_us = times->history_interval_us;
	for (uint32_t i = 0; times->history && i < MODEL_HISTORY_SITES; i++) {
		to->site[i] = r->history->site[i];
		to->since_us[i] = (uint64_t)r->history->since_ms[i] * 1000;
	}
	for (uint32_t i = 1; i < times->history; i++) {
		struct tide_history_row row;

		memcpy(&row, &r->history[i], sizeof(row));
		if (row.us < last_us)
			continue;
		last_us = row.us;
		to->rows[to->row_count].us = row.us;
		to->rows[to->row_count].live_bytes = row.live_bytes;
		memcpy(to->rows[to->row_count++].bytes, row.bytes, sizeof(row.bytes));
	}
	return 0;
}

static int fold_marks(struct model *m, const struct reader *r)
{
	uint32_t count = r->header.times.marks;

	m->marks_dropped = r->header.times.marks_dropped;
	m->marks = calloc((size_t)count + 1, sizeof(*m->marks));
	if (!m->marks)
		return -ENOMEM;
	for (uint32_t i = 1; i < count; i++) {
		const struct tide_mark *from = &r->marks[i];
		struct model_mark *to = &m->marks[m->mark_count];

		/* One that is just being written has no words yet. */
		if (!from->text)
			continue;
		*to = (struct model_mark){
			.us = from->us,
			.live_bytes = from->live_bytes,
			.live_blocks = from->live_blocks,
			.peak_bytes = from->peak_bytes,
			.rss_bytes = from->rss_bytes,
			.text = m->text + from->text,
			.tid = from->tid,
			.outside = from->flags & TIDE_MARK_OUTSIDE,
			.turned_off = from->flags & TIDE_MARK_OFF,
			.turned_on = from->flags & TIDE_MARK_ON,
		};
		memcpy(to->site, from->site, sizeof(to->site));
		memcpy(to->bytes, from->bytes, sizeof(to->bytes));
		m->mark_count++;
	}
	return 0;
}

static void begin_series(struct model *m, const struct tide_process *p)
{
	struct model_series *s = &m->series[m->series_count++];

	*s = (struct model_series){
		.pid = p->series.pid,
		.parent_pid = p->series.parent_pid,
		.rss_peak_bytes = p->series.rss_peak_bytes,
		.interval_us = p->series.interval_us,
		.late = p->series.late,
		.longest_ms = p->series.longest_ms,
		.samples = &m->samples[m->sample_count],
		.sample_count = p->number,
	};
	memcpy(s->name, p->series.name, sizeof(p->series.name));
}

static struct model_sample sample_of(const struct tide_process *p)
{
	return (struct model_sample){
		.us = p->sample.us,
		.rss_bytes = p->sample.rss_bytes,
		.shared_bytes = p->sample.shared_bytes,
		.pss_bytes = p->sample.pss_bytes,
		.uss_bytes = p->sample.uss_bytes,
		.swap_bytes = p->sample.swap_bytes,
		.threads = p->number,
		.processes = p->sample.processes,
		.late = p->sample.flags & TIDE_PROCESS_LATE,
	};
}

static struct model_account account_of(const struct tide_process *p)
{
	return (struct model_account){
		.us = p->account.us,
		.live_bytes = p->account.live_bytes,
		.blocks = p->number,
		.rss_bytes = p->account.rss_bytes,
		.anonymous_bytes = p->account.anonymous_bytes,
		.file_bytes = p->account.file_bytes,
		.stack_bytes = p->account.stack_bytes,
		.recorder_bytes = p->account.recorder_bytes,
		.mapped_bytes = p->account.mapped_bytes,
	};
}

static int fold_process(struct model *m, const struct reader *r)
{
	uint32_t count = r->header.times.process;

	m->series = calloc((size_t)count + 1, sizeof(*m->series));
	m->samples = calloc((size_t)count + 1, sizeof(*m->samples));
	m->accounts = calloc((size_t)count + 1, sizeof(*m->accounts));
	if (!m->series || !m->samples || !m->accounts)
		return -ENOMEM;
	for (uint32_t i = 1; i < count; i++) {
		const struct tide_process *p = &r->process[i];

		if (p->kind == TIDE_PROCESS_SERIES)
			begin_series(m, p);
		else if (p->kind == TIDE_PROCESS_SAMPLE)
			m->samples[m->sample_count++] = sample_of(p);
		else if (p->kind == TIDE_PROCESS_ACCOUNT)
			m->accounts[m->account_count++] = account_of(p);
	}
	return 0;
}

int model_time_fold(struct model *m, const struct reader *r)
{
	int err = fold_history(m, r);

	if (!err)
		err = fold_marks(m, r);
	if (!err)
		err = fold_process(m, r);
	return err;
}

void model_time_free(struct model *m)
{
	free(m->history.rows);
	free(m->marks);
	free(m->series);
	free(m->samples);
	free(m->accounts);
}
