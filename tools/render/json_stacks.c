/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render/json_stacks.h"

void json_sums(struct json *j, const struct view_sums *s)
{
	json_signed(j, "at_peak_bytes", s->at_peak_bytes);
	json_signed(j, "at_peak_blocks", s->at_peak_blocks);
	json_signed(j, "live_bytes", s->live_bytes);
	json_signed(j, "live_blocks", s->live_blocks);
	json_signed(j, "own_peak_bytes", s->own_peak_bytes);
	json_unsigned(j, "total_bytes", s->total_bytes);
	json_unsigned(j, "calls", s->calls);
	json_unsigned(j, "temporaries", s->temporaries);
}

/* Counted from 0 in the document, where no module is null. */
static void put_module_number(struct json *j, uint32_t number)
{
	if (number)
		json_unsigned(j, "module", number - 1);
	else
		json_null(j, "module");
}

static void put_frame(struct json *j, const struct view_frame *f)
{
	json_lines(j, true);
	json_open(j, NULL, '{');
	json_lines(j, false);
	json_hex(j, "pc", f->python ? 0 : f->pc);
	put_module_number(j, f->module_number);
	json_hex(j, "offset", f->python ? 0 : f->offset);
	json_text(j, "function", f->function);
	json_text(j, "file", f->file);
	if (f->line)
		json_unsigned(j, "line", f->line);
	else
		json_null(j, "line");
	json_bool(j, "inlined", f->inlined);
	json_bool(j, "guessed", f->guessed);
	json_bool(j, "python", f->python);
	json_close(j, '}');
}

void json_frames(struct json *j, const struct view *v, uint32_t *numbers)
{
	uint32_t count = 0;
	size_t i;

	json_lines(j, true);
	json_open(j, "frames", '[');
	for (i = 0; i < v->frame_count; i++) {
		if (!numbers[i])
			continue;
		numbers[i] = ++count;
		put_frame(j, &v->frames[i]);
	}
	json_lines(j, true);
	json_close(j, ']');
}

void json_stacks_mark(const struct view *v, const struct view_site *s, uint32_t *numbers)
{
	uint32_t i;

	for (i = 0; i < s->count; i++)
		numbers[v->stack[s->first + i]] = 1;
}

void json_stack(struct json *j, const struct view *v, const struct view_site *s,
		const uint32_t *numbers)
{
	uint32_t i;

	json_open(j, "stack", '[');
	for (i = 0; i < s->count; i++)
		json_unsigned(j, NULL, numbers[v->stack[s->first + i]] - 1);
	json_close(j, ']');
	json_open(j, "shown", '[');
	json_unsigned(j, NULL, s->shown - s->first);
	json_unsigned(j, NULL, s->shown_count);
	json_close(j, ']');
}

void json_modules(struct json *j, const struct view *v)
{
	const struct view_module *m;
	size_t i;

	json_lines(j, true);
	json_open(j, "modules", '[');
	for (i = 1; i < v->module_count; i++) {
		m = &v->modules[i];
		json_lines(j, true);
		json_open(j, NULL, '{');
		json_lines(j, false);
		json_text(j, "path", m->path);
		json_hex(j, "start", m->start);
		json_hex(j, "end", m->end);
		json_hex(j, "bias", m->bias);
		json_text(j, "build_id", m->build_id);
		json_close(j, '}');
	}
	json_close(j, ']');
}
