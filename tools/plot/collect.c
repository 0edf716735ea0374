/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plot/collect.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/brief.h"
#include "base/util.h"

#define NAME_MOST    34
#define PROCESS_MOST 12

static double seconds(uint64_t us)
{
	return (double)us / 1e6;
}

static const struct view_frame *frame_at(const struct view *v, const struct view_column *c,
					 uint32_t nth)
{
	const struct view_site *s = c->site;
	uint32_t first = s ? (s->shown_count ? s->shown : s->first) : 0;
	uint32_t count = s ? (s->shown_count ? s->shown_count : s->count) : 0;

	return nth < count ? &v->frames[v->stack[first + nth]] : NULL;
}

static bool is_same_function(const struct view_frame *a, const struct view_frame *b)
{
	return a && b && a->function && b->function && !strcmp(a->function, b->function);
}

/* Several sites of one function are told apart by the line, or by who called it. */
static void add_difference(struct buf *name, const struct view *v, const struct view_column *c)
{
	const struct view_frame *f = frame_at(v, c, 0), *caller;
	struct buf brief = { 0 };
	size_t alike = 0;
	uint32_t nth = 1;

	for (size_t i = 0; i < v->column_count; i++)
		alike += is_same_function(f, frame_at(v, &v->columns[i], 0));
	if (alike < 2)
		return;
	caller = frame_at(v, c, nth);
	while (is_same_function(f, caller))
		caller = frame_at(v, c, ++nth);
	if (f->line) {
		buf_printf(name, ":%u", f->line);
	} else if (caller && caller->function) {
		buf_reset(name);
		buf_printf(name, "%s > ", brief_name(caller->function, &brief));
		buf_puts(name, brief_name(f->function, &brief));
	}
	buf_free(&brief);
}

/* The function of the user's that allocates, as short as it stays clear. */
static char *name_of(const struct view *v, const struct view_column *c)
{
	struct buf name = { 0 }, brief = { 0 };
	const struct view_frame *f = frame_at(v, c, 0);
	char *text;

	if (f && f->function)
		buf_puts(&name, brief_name(f->function, &brief));
	else if (f && f->module)
		buf_printf(&name, "%s+0x%llx", util_basename(f->module),
			   (unsigned long long)f->offset);
	else
		buf_printf(&name, "site #%u", c->id);
	add_difference(&name, v, c);
	if (name.bytes > NAME_MOST) {
		name.bytes = NAME_MOST;
		name.data[NAME_MOST] = '\0';
		buf_puts(&name, "…");
	}
	text = strdup(buf_text(&name));
	buf_free(&name);
	buf_free(&brief);
	return text;
}

static int64_t most_of(const struct view *v, size_t column)
{
	const struct view_site *s = v->columns[column].site;
	int64_t most = s ? s->sums.at_peak_bytes : 0;

	for (size_t i = 0; i < v->history_count; i++) {
		if (v->history[i].bytes[column] > most)
			most = v->history[i].bytes[column];
	}
	return most;
}

/* The numbers of the columns that were the largest, the largest first. */
static size_t choose(const struct view *v, size_t *chosen)
{
	bool taken[256] = { false };
	size_t count = 0, best, i;
	int64_t most, value;

	for (; count < PLOT_LAYERS; count++) {
		most = 0;
		best = 0;
		for (i = 0; i < v->column_count && i < 256; i++) {
			value = taken[i] ? 0 : most_of(v, i);
			if (value > most) {
				most = value;
				best = i;
			}
		}
		if (!most || most < v->facts.peak_bytes / 100)
			break;
		taken[best] = true;
		chosen[count] = best;
	}
	return count;
}

/* One more time than there are rows: that of the peak, in its place. */
static int take_times(struct plot *p, const struct view *v, size_t *peak_at)
{
	double peak_s = seconds(v->facts.peak_us);
	size_t i;

	p->times = calloc(v->history_count + 1, sizeof(*p->times));
	if (!p->times)
		return -ENOMEM;
	*peak_at = v->history_count;
	for (i = 0; i < v->history_count; i++) {
		if (*peak_at == v->history_count && seconds(v->history[i].us) >= peak_s) {
			*peak_at = i;
			p->times[p->time_count++] = peak_s;
		}
		p->times[p->time_count++] = seconds(v->history[i].us);
	}
	if (*peak_at == v->history_count)
		p->times[p->time_count++] = peak_s;
	return 0;
}

static double positive(int64_t bytes)
{
	return bytes > 0 ? (double)bytes : 0;
}

static int add_layer(struct plot *p, const struct view *v, size_t column, size_t peak_at)
{
	const struct view_column *c = &v->columns[column];
	struct plot_layer *layer = &p->layers[p->layer_count];
	size_t i, row = 0;

	layer->bytes = calloc(p->time_count, sizeof(*layer->bytes));
	layer->name = name_of(v, c);
	p->layer_count++;
	if (!layer->bytes || !layer->name)
		return -ENOMEM;
	layer->at_peak = c->site ? positive(c->site->sums.at_peak_bytes) : 0;
	for (i = 0; i < p->time_count; i++)
		layer->bytes[i] = i == peak_at ? layer->at_peak
					       : positive(v->history[row++].bytes[column]);
	return 0;
}

/* What the named ones leave of the whole. */
static int add_others(struct plot *p, const struct view *v, size_t peak_at)
{
	struct plot_layer *layer = &p->layers[p->layer_count++];
	size_t i, k, row = 0;
	double left;

	layer->bytes = calloc(p->time_count, sizeof(*layer->bytes));
	layer->name = strdup("all other sites");
	if (!layer->bytes || !layer->name)
		return -ENOMEM;
	for (i = 0; i < p->time_count; i++) {
		left = i == peak_at ? positive(v->facts.peak_bytes)
				    : positive(v->history[row++].live_bytes);
		for (k = 0; k + 1 < p->layer_count; k++)
			left -= p->layers[k].bytes[i];
		layer->bytes[i] = left > 0 ? left : 0;
	}
	layer->at_peak = layer->bytes[peak_at];
	return 0;
}

static int add_stack(struct plot *p, const struct view *v)
{
	size_t chosen[PLOT_LAYERS], count = choose(v, chosen), peak_at, i;
	int err;

	if (!v->history_count || !count)
		return 0;
	err = take_times(p, v, &peak_at);
	for (i = 0; i < count && !err; i++)
		err = add_layer(p, v, chosen[i], peak_at);
	return err ? err : add_others(p, v, peak_at);
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
	return err;
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
