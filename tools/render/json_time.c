/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render/json_time.h"

static void put_parts(struct json *j, const struct view_part *parts, size_t count)
{
	json_open(j, "sites", '[');
	for (size_t i = 0; i < count; i++) {
		json_open(j, NULL, '{');
		json_unsigned(j, "site", parts[i].id);
		json_signed(j, "bytes", parts[i].bytes);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void put_columns(struct json *j, const struct view *v)
{
	json_open(j, "columns", '[');
	for (size_t i = 0; i < v->column_count; i++) {
		json_open(j, NULL, '{');
		json_unsigned(j, "site", v->columns[i].id);
		json_unsigned(j, "since_us", v->columns[i].since_us);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void put_history(struct json *j, const struct view *v)
{
	json_lines(j, true);
	json_open(j, "history", '{');
	json_lines(j, false);
	json_unsigned(j, "interval_us", v->history_interval_us);
	put_columns(j, v);
	json_open(j, "rows", '[');
	for (size_t i = 0; i < v->history_count; i++) {
		const struct view_history_row *row = &v->history[i];

		json_open(j, NULL, '[');
		json_unsigned(j, NULL, row->us);
		json_signed(j, NULL, row->live_bytes);
		for (size_t c = 0; c < v->column_count; c++)
			json_signed(j, NULL, row->bytes[c]);
		json_close(j, ']');
	}
	json_close(j, ']');
	json_close(j, '}');
}

static void put_marks(struct json *j, const struct view *v)
{
	json_lines(j, true);
	json_open(j, "marks", '[');
	for (size_t i = 0; i < v->mark_count; i++) {
		const struct view_mark *m = &v->marks[i];

		json_lines(j, true);
		json_open(j, NULL, '{');
		json_lines(j, false);
		json_unsigned(j, "us", m->us);
		json_text(j, "text", m->text);
		json_bool(j, "outside", m->outside);
		json_unsigned(j, "tid", m->tid);
		json_signed(j, "live_bytes", m->live_bytes);
		json_signed(j, "live_blocks", m->live_blocks);
		json_signed(j, "peak_bytes", m->peak_bytes);
		json_unsigned(j, "rss_bytes", m->rss_bytes);
		put_parts(j, m->parts, m->part_count);
		json_close(j, '}');
	}
	json_close(j, ']');
	json_unsigned(j, "marks_dropped", v->marks_dropped);
}

static void put_moment(struct json *j, const struct view_moment *m)
{
	json_lines(j, true);
	if (!m) {
		json_null(j, "moment");
		return;
	}
	json_open(j, "moment", '{');
	json_lines(j, false);
	json_unsigned(j, "us", m->us);
	json_text(j, "text", m->text);
	json_signed(j, "live_bytes", m->live_bytes);
	if (m->since) {
		json_open(j, "since", '{');
		json_unsigned(j, "us", m->since->us);
		json_text(j, "text", m->since->text);
		json_signed(j, "live_bytes", m->since->live_bytes);
		json_close(j, '}');
	}
	put_parts(j, m->parts, m->part_count);
	json_close(j, '}');
}

static void put_sample(struct json *j, const struct view_sample *s)
{
	json_open(j, NULL, '[');
	json_unsigned(j, NULL, s->us);
	json_unsigned(j, NULL, s->rss_bytes);
	json_unsigned(j, NULL, s->shared_bytes);
	json_unsigned(j, NULL, s->pss_bytes);
	json_unsigned(j, NULL, s->uss_bytes);
	json_unsigned(j, NULL, s->swap_bytes);
	json_unsigned(j, NULL, s->threads);
	json_unsigned(j, NULL, s->processes);
	json_unsigned(j, NULL, s->late);
	json_close(j, ']');
}

static void put_series(struct json *j, const struct view *v)
{
	json_lines(j, true);
	json_open(j, "processes", '[');
	for (size_t i = 0; i < v->series_count; i++) {
		const struct view_series *s = &v->series[i];

		json_lines(j, true);
		json_open(j, NULL, '{');
		json_lines(j, false);
		json_unsigned(j, "pid", s->pid);
		json_unsigned(j, "parent_pid", s->parent_pid);
		json_text(j, "name", s->name);
		json_unsigned(j, "rss_peak_bytes", s->rss_peak_bytes);
		json_unsigned(j, "interval_us", s->interval_us);
		json_unsigned(j, "late", s->late);
		json_unsigned(j, "longest_ms", s->longest_ms);
		json_open(j, "samples", '[');
		for (size_t k = 0; k < s->sample_count; k++)
			put_sample(j, &s->samples[k]);
		json_close(j, ']');
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void put_account(struct json *j, const struct view_account *a)
{
	json_lines(j, true);
	if (!a) {
		json_null(j, "account");
		return;
	}
	json_open(j, "account", '{');
	json_lines(j, false);
	json_unsigned(j, "us", a->us);
	json_unsigned(j, "rss_bytes", a->rss_bytes);
	json_signed(j, "live_bytes", a->live_bytes);
	json_unsigned(j, "heap_bytes", a->heap_bytes);
	json_unsigned(j, "absent_bytes", a->absent_bytes);
	json_unsigned(j, "free_bytes", a->free_bytes);
	json_unsigned(j, "mapped_bytes", a->mapped_bytes);
	json_unsigned(j, "file_bytes", a->file_bytes);
	json_unsigned(j, "stack_bytes", a->stack_bytes);
	json_unsigned(j, "recorder_bytes", a->recorder_bytes);
	json_close(j, '}');
}

void json_time(struct json *j, const struct view *v)
{
	put_history(j, v);
	put_marks(j, v);
	put_moment(j, v->moment);
	put_series(j, v);
	put_account(j, v->account);
}
