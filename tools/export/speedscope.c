/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * speedscope's own format: one list of frames, and one profile for each metric, the one asked for
 * shown first.
 */
#include "base/json.h"
#include "base/util.h"
#include "export/export.h"
#include "export/metric.h"
#include "export/name.h"
#include "export/stacks.h"

/* What makes two frames one: function, file and line. */
static void label(struct buf *b, const struct view_frame *f)
{
	name_frame(b, f, "", "");
	if (f->file)
		buf_printf(b, "\1%s\1%u", f->file, f->line);
}

static void put_frames(struct json *j, const struct stacks *s, const struct view *v)
{
	const struct view_frame *f;
	struct buf name = { 0 };
	uint32_t i;

	json_lines(j, true);
	json_open(j, "shared", '{');
	json_open(j, "frames", '[');
	for (i = 1; i < s->labels.count; i++) {
		f = stacks_frame(s, v, i);
		buf_reset(&name);
		if (f->pc)
			name_frame(&name, f, "", "");
		json_open(j, NULL, '{');
		json_lines(j, false);
		json_text(j, "name", f->pc ? buf_text(&name) : NAME_NO_STACK);
		if (f->file)
			json_text(j, "file", f->file);
		if (f->file && f->line)
			json_unsigned(j, "line", f->line);
		json_close(j, '}');
		json_lines(j, true);
	}
	json_close(j, ']');
	json_close(j, '}');
	buf_free(&name);
}

/* Outermost first, and the first label is none. */
static void put_stack(struct json *j, const struct stacks *s, const struct stack *stack)
{
	uint32_t i;

	json_open(j, NULL, '[');
	for (i = stack->count; i-- > 0;)
		json_unsigned(j, NULL, s->lines[stack->first + i] - 1);
	json_close(j, ']');
}

static void put_profile(struct json *j, const struct stacks *s, const struct metric *metric)
{
	int64_t value, sum = 0;
	size_t i;

	json_lines(j, true);
	json_open(j, NULL, '{');
	json_lines(j, false);
	json_text(j, "type", "sampled");
	json_text(j, "name", metric->title);
	json_text(j, "unit", metric->bytes ? "bytes" : "none");
	json_open(j, "samples", '[');
	for (i = 0; i < s->count; i++)
		if (metric->of(&s->list[i].sums) > 0)
			put_stack(j, s, &s->list[i]);
	json_close(j, ']');
	json_open(j, "weights", '[');
	for (i = 0; i < s->count; i++) {
		value = metric->of(&s->list[i].sums);
		if (value <= 0)
			continue;
		json_signed(j, NULL, value);
		sum += value;
	}
	json_close(j, ']');
	json_unsigned(j, "startValue", 0);
	json_signed(j, "endValue", sum);
	json_close(j, '}');
}

static void put_head(struct json *j, const struct export_context *c, const struct view_facts *f)
{
	struct buf text = { 0 };

	json_text(j, "$schema", "https://www.speedscope.app/file-format-schema.json");
	buf_printf(&text, "tidemark@%s", c->version);
	json_text(j, "exporter", buf_text(&text));
	buf_reset(&text);
	name_add(&text, util_basename(f->program), "", "");
	buf_printf(&text, " (%u)", f->pid);
	json_text(j, "name", buf_text(&text));
	json_unsigned(j, "activeProfileIndex", c->metric);
	buf_free(&text);
}

int export_speedscope(struct export_context *c, const struct view *v)
{
	struct stacks s;
	struct json j;
	size_t i;
	int err = stacks_make(&s, v, label);

	if (err)
		return err;
	json_begin(&j, c->out);
	json_open(&j, NULL, '{');
	put_head(&j, c, &v->facts);
	put_frames(&j, &s, v);
	json_open(&j, "profiles", '[');
	for (i = 0; i < EXPORT_METRICS; i++) {
		if (i == EXPORT_DEFINITE && !v->facts.leaks)
			continue;
		put_profile(&j, &s, &metrics[i]);
		export_progress(c, 0, 0);
	}
	json_lines(&j, true);
	json_close(&j, ']');
	json_close(&j, '}');
	json_end(&j);
	stacks_free(&s);
	return 0;
}
