/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plot/collect.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/util.h"
#include "plot/layers.h"

#define PROCESS_MOST 12

static double seconds(uint64_t us)
{
	return (double)us / 1e6;
}

static double positive(int64_t bytes)
{
	return bytes > 0 ? (double)bytes : 0;
}

static int add_layer(struct plot *p, const struct view *v, size_t area)
{
	struct plot_layer *layer = &p->layers[p->layer_count++];

	layer->bytes = calloc(p->time_count, sizeof(*layer->bytes));
	layer->name = layers_name(v, area);
	if (!layer->bytes || !layer->name)
		return -ENOMEM;
	for (size_t i = 0; i < p->time_count; i++) {
		layer->bytes[i] = (double)v->areas.rows[i].bytes[area];
		if (v->areas.rows[i].us == v->facts.peak_us)
			layer->at_peak = layer->bytes[i];
	}
	return 0;
}

/* What the named ones leave of the whole. */
static int add_others(struct plot *p, const struct view *v)
{
	struct plot_layer *layer = &p->layers[p->layer_count++];
	double left;

	layer->bytes = calloc(p->time_count, sizeof(*layer->bytes));
	layer->name = strdup("all other sites");
	if (!layer->bytes || !layer->name)
		return -ENOMEM;
	for (size_t i = 0; i < p->time_count; i++) {
		left = (double)v->areas.rows[i].live_bytes;
		for (size_t k = 0; k + 1 < p->layer_count; k++)
			left -= p->layers[k].bytes[i];
		layer->bytes[i] = left;
		if (v->areas.rows[i].us == v->facts.peak_us)
			layer->at_peak = left;
	}
	return 0;
}

static int add_stack(struct plot *p, const struct view *v)
{
	int err = 0;

	if (!v->areas.count)
		return 0;
	p->times = calloc(v->areas.row_count + 1, sizeof(*p->times));
	if (!p->times)
		return -ENOMEM;
	for (; p->time_count < v->areas.row_count; p->time_count++)
		p->times[p->time_count] = seconds(v->areas.rows[p->time_count].us);
	for (size_t i = 0; i < v->areas.count && !err; i++)
		err = add_layer(p, v, i);
	return err ? err : add_others(p, v);
}

/* Nothing is done between the last row and the end but what the books say at the end. */
static int add_end(struct plot *p, struct plot_line *line, const struct view *v, double offset_s)
{
	double end_s = seconds(v->facts.duration_us) + offset_s;
	int err;

	if (!line->count || line->points[line->count - 1].s >= end_s)
		return 0;
	err = plot_point(p, line, end_s, line->points[line->count - 1].bytes);
	return err ? err : plot_point(p, line, end_s, positive(v->facts.sum.live_bytes));
}

/* The timeline, with the peak in its place, which it may have missed. */
static int add_live(struct plot *p, const struct view *v, const char *name, enum plot_kind kind,
		    double offset_s)
{
	struct plot_line *line = plot_line(p, kind, name);
	bool before = true;
	int err = line ? 0 : -ENOMEM;

	for (size_t i = 0; i < v->point_count && !err; i++) {
		/* What is live stays until something is done, and then there is a row. */
		if (i && (!before || v->points[i].us < v->facts.peak_us))
			err = plot_point(p, line, seconds(v->points[i].us) + offset_s,
					 line->points[line->count - 1].bytes);
		if (!err && before && v->points[i].us >= v->facts.peak_us) {
			before = false;
			err = plot_point(p, line, seconds(v->facts.peak_us) + offset_s,
					 positive(v->facts.peak_bytes));
			if (!err)
				err = plot_point(p, line, seconds(v->points[i].us) + offset_s,
						 positive(v->facts.peak_bytes));
		}
		if (!err)
			err = plot_point(p, line, seconds(v->points[i].us) + offset_s,
					 (double)v->points[i].live_bytes);
	}
	return err ? err : add_end(p, line, v, offset_s);
}

static int add_pauses(struct plot *p, const struct view *v)
{
	p->pauses = calloc(v->facts.pause_count + 1, sizeof(*p->pauses));
	if (!p->pauses)
		return -ENOMEM;
	for (; p->pause_count < v->facts.pause_count; p->pause_count++)
		p->pauses[p->pause_count] =
			(struct plot_pause){ seconds(v->facts.pauses[p->pause_count].us),
					     seconds(v->facts.pauses[p->pause_count].until_us) };
	return 0;
}

static const struct view_series *series_of(const struct view *v, uint32_t pid)
{
	for (size_t i = 0; i < v->series_count; i++) {
		if (v->series[i].pid == pid)
			return &v->series[i];
	}
	return NULL;
}

static int add_samples(struct plot *p, const struct view_series *s, const char *name)
{
	struct plot_line *line = plot_line(p, PLOT_RSS, name);
	int err = line ? 0 : -ENOMEM;

	for (size_t i = 0; i < s->sample_count && !err; i++)
		err = plot_point(p, line, seconds(s->samples[i].us),
				 (double)s->samples[i].rss_bytes);
	return err;
}

/* As it was sampled from outside, else as the timeline has it. */
static int add_rss(struct plot *p, const struct view *v)
{
	const struct view_series *s = series_of(v, v->facts.pid);
	struct plot_line *line;
	int err = 0;

	if (s && s->sample_count > 1)
		return add_samples(p, s, "RSS");
	line = plot_line(p, PLOT_RSS, "RSS");
	for (size_t i = 0; line && i < v->point_count && !err; i++) {
		if (v->points[i].rss_bytes)
			err = plot_point(p, line, seconds(v->points[i].us),
					 (double)v->points[i].rss_bytes);
	}
	return line ? err : -ENOMEM;
}

static int add_marks(struct plot *p, const struct view *v, double offset_s)
{
	int err = 0;

	for (size_t i = 0; i < v->mark_count && !err; i++)
		err = plot_mark(p, seconds(v->marks[i].us) + offset_s, v->marks[i].text);
	return err;
}

static void set_titles(struct plot *p, const struct view *v)
{
	struct buf words = { 0 };

	for (size_t i = 0; i < v->facts.arg_count && words.bytes < 90; i++)
		buf_printf(&words, "%s%s", i ? " " : "",
			   i ? v->facts.args[i] : util_basename(v->facts.args[i]));
	if (!words.bytes)
		buf_puts(&words, util_basename(v->facts.program));
	p->title = strdup(buf_text(&words));
	buf_reset(&words);
	buf_printf(&words, "peak %s at %s, %s at the end; process %u, ran %s",
		   util_bytes(v->facts.peak_bytes).text, util_duration(v->facts.peak_us).text,
		   util_bytes(v->facts.sum.live_bytes).text, v->facts.pid,
		   util_duration(v->facts.duration_us).text);
	p->subtitle = strdup(buf_text(&words));
	buf_free(&words);
}

int collect_one(struct plot *p, const struct view *v)
{
	int err;

	set_titles(p, v);
	p->end_s = seconds(v->facts.duration_us);
	err = add_stack(p, v);
	if (!err)
		err = add_live(p, v, "live", PLOT_LIVE, 0);
	if (!err)
		err = add_rss(p, v);
	if (!err)
		err = add_marks(p, v, 0);
	if (!err)
		err = add_pauses(p, v);
	p->has_peak = v->facts.peak_bytes > 0;
	p->peak = (struct plot_point){ seconds(v->facts.peak_us), positive(v->facts.peak_bytes) };
	if (p->peak.bytes > p->most)
		p->most = p->peak.bytes;
	return err || !p->title || !p->subtitle ? -ENOMEM : 0;
}

static const char *short_end(const char *name)
{
	size_t n = strlen(name);

	return n > PROCESS_MOST ? name + n - PROCESS_MOST : name;
}

int collect_line(struct plot *p, const struct view *v, double offset_s, bool first)
{
	struct buf name = { 0 };
	int err;

	/* Long names differ at their ends: x86_64-linux-gnu-as. */
	buf_printf(&name, "%s %u", short_end(util_basename(v->facts.program)), v->facts.pid);
	err = add_live(p, v, buf_text(&name), PLOT_PROCESS, offset_s);
	buf_free(&name);
	if (!err && first)
		err = add_marks(p, v, offset_s);
	return err;
}

int collect_tree(struct plot *p, const struct view *v)
{
	const struct view_series *s = series_of(v, 0);

	return s ? add_samples(p, s, "RSS, all") : 0;
}
