/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "export/stacks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "export/name.h"

#define NO_FRAME UINT32_MAX

struct making {
	struct stacks *s;
	const struct view *v;
	void (*label)(struct buf *b, const struct view_frame *f);
	struct buf text;
	uint32_t *label_of; /* frame -> label, 0 = not yet */
	uint32_t *slots;    /* of stacks + 1, by their lines */
	size_t slot_count;
};

static int find_label(struct making *m, uint32_t frame, uint32_t *label)
{
	size_t before = m->s->labels.count;
	int err;

	if (frame != NO_FRAME && m->label_of[frame]) {
		*label = m->label_of[frame];
		return 0;
	}
	buf_reset(&m->text);
	if (frame == NO_FRAME)
		buf_puts(&m->text, NAME_NO_STACK);
	else
		m->label(&m->text, &m->v->frames[frame]);
	if (m->text.failed)
		return -ENOMEM;
	err = strings_add(&m->s->labels, buf_text(&m->text), label);
	if (!err && m->s->labels.count != before)
		m->s->frame_of[*label] = frame;
	if (!err && frame != NO_FRAME)
		m->label_of[frame] = *label;
	return err;
}

static int fill_lines(struct making *m, const struct view_site *site, uint32_t *lines)
{
	uint32_t i;
	int err = 0;

	if (!site->shown_count)
		return find_label(m, NO_FRAME, lines);
	for (i = 0; i < site->shown_count && !err; i++)
		err = find_label(m, m->v->stack[site->shown + i], &lines[i]);
	return err;
}

static uint64_t hash_lines(const uint32_t *lines, uint32_t count)
{
	uint64_t hash = count;
	uint32_t i;

	for (i = 0; i < count; i++)
		hash = (hash ^ lines[i]) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 32;
}

static void add(int64_t *to, int64_t what)
{
	*to = (int64_t)((uint64_t)*to + (uint64_t)what);
}

static void add_leaks(struct view_leaks *to, const struct view_leaks *what)
{
	size_t i;

	for (i = 0; i < VIEW_LEAK_CLASSES; i++) {
		add(&to->bytes[i], what->bytes[i]);
		add(&to->blocks[i], what->blocks[i]);
	}
}

static void add_sums(struct view_sums *to, const struct view_sums *what)
{
	add(&to->at_peak_bytes, what->at_peak_bytes);
	add(&to->at_peak_blocks, what->at_peak_blocks);
	add(&to->live_bytes, what->live_bytes);
	add(&to->live_blocks, what->live_blocks);
	if (what->own_peak_bytes > to->own_peak_bytes)
		to->own_peak_bytes = what->own_peak_bytes;
	to->total_bytes += what->total_bytes;
	to->calls += what->calls;
	to->temporaries += what->temporaries;
	add_leaks(&to->leaks, &what->leaks);
}

/* The stack lies behind the last one already; it stays there if there is none like it. */
static void join(struct making *m, const struct view_site *site)
{
	struct stacks *s = m->s;
	struct stack *mine = &s->list[s->count], *other;
	const uint32_t *lines = s->lines + mine->first;
	size_t at = hash_lines(lines, mine->count) & (m->slot_count - 1);

	for (; m->slots[at]; at = (at + 1) & (m->slot_count - 1)) {
		other = &s->list[m->slots[at] - 1];
		if (other->count == mine->count &&
		    !memcmp(s->lines + other->first, lines, mine->count * sizeof(*lines))) {
			add_sums(&other->sums, &site->sums);
			return;
		}
	}
	mine->sums = site->sums;
	m->slots[at] = (uint32_t)++s->count;
}

static int make_room(struct making *m)
{
	const struct view *v = m->v;
	struct stacks *s = m->s;
	size_t lines = 0, i;

	for (i = 0; i < v->site_count; i++)
		lines += v->sites[i].shown_count ? v->sites[i].shown_count : 1;
	for (m->slot_count = 64; m->slot_count < v->site_count * 2;)
		m->slot_count *= 2;
	s->lines = malloc((lines + 1) * sizeof(*s->lines));
	s->list = calloc(v->site_count + 1, sizeof(*s->list));
	s->frame_of = calloc(v->frame_count + 2, sizeof(*s->frame_of));
	m->label_of = calloc(v->frame_count + 1, sizeof(*m->label_of));
	m->slots = calloc(m->slot_count, sizeof(*m->slots));
	return s->lines && s->list && s->frame_of && m->label_of && m->slots ? 0 : -ENOMEM;
}

int stacks_make(struct stacks *s, const struct view *v,
		void (*label)(struct buf *b, const struct view_frame *f))
{
	struct making m = { .s = s, .v = v, .label = label };
	const struct view_site *site;
	size_t end = 0, i;
	int err;

	*s = (struct stacks){ .count = 0 };
	err = make_room(&m);
	for (i = 0; i < v->site_count && !err; i++) {
		site = &v->sites[i];
		s->list[s->count].first = end;
		s->list[s->count].count = site->shown_count ? site->shown_count : 1;
		err = fill_lines(&m, site, s->lines + end);
		if (!err)
			join(&m, site);
		end = s->count ? s->list[s->count - 1].first + s->list[s->count - 1].count : 0;
	}
	free(m.label_of);
	free(m.slots);
	buf_free(&m.text);
	if (err)
		stacks_free(s);
	return err;
}

const struct view_frame *stacks_frame(const struct stacks *s, const struct view *v, uint32_t label)
{
	static const struct view_frame none;
	uint32_t frame = s->frame_of[label];

	return frame == NO_FRAME ? &none : &v->frames[frame];
}

void stacks_free(struct stacks *s)
{
	strings_free(&s->labels);
	free(s->frame_of);
	free(s->lines);
	free(s->list);
	*s = (struct stacks){ .count = 0 };
}
