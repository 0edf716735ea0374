/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render/threads.h"

#include <string.h>

#include "render/json_stacks.h"

/* The innermost with a line of source: the runtime of OpenMP, say, is none of the user's. */
static const struct view_frame *spawn_frame(const struct view *v, const struct view_thread *thread)
{
	const struct view_site *s = thread->spawn;
	const struct view_frame *f;
	uint32_t i;

	for (i = 0; s && i < s->shown_count; i++) {
		f = &v->frames[v->stack[s->shown + i]];
		if (f->file && f->line)
			return f;
	}
	return s && s->shown_count ? &v->frames[v->stack[s->shown]] : NULL;
}

void threads_origin(struct painter *p, const struct view *v, const struct view_thread *thread)
{
	const struct view_frame *f = spawn_frame(v, thread);
	const char *place;

	if (!f)
		return;
	p->build_id = NULL;
	place = paint_place(p, f);
	paint_printf(p, PAINT_DIM, "%sspawned at %s%s%s%s", thread->users > 1 ? "the last " : "",
		     f->file ? place : paint_function(p, f), *place ? "  " : "",
		     f->file ? paint_function(p, f) : place,
		     thread->spawned_apart ? ", others elsewhere" : "");
}

static bool same_origin(const struct view *v, const struct view_thread *a,
			const struct view_thread *b)
{
	return spawn_frame(v, a) == spawn_frame(v, b) && a->spawned_apart == b->spawned_apart;
}

/* The main thread's are not worth a line, and those of unknown origin have none. */
void threads_of_site(struct painter *p, const struct view *v, const struct view_site *site,
		     unsigned column)
{
	const struct view_share *shares = v->shares + site->first_share;
	const struct view_thread *first, *t;
	uint32_t users = 0, i;
	bool elsewhere = false;

	if (!site->threads)
		return;
	first = &v->threads[shares[0].thread];
	for (i = 0; i < site->threads; i++) {
		t = &v->threads[shares[i].thread];
		if (!spawn_frame(v, t))
			return;
		users += t->users;
		elsewhere |= !same_origin(v, first, t);
	}
	paint_to(p, column);
	paint_printf(p, PAINT_DIM, "%s %s, ", users > 1 ? "threads" : "thread",
		     *first->name ? first->name : "without a name");
	threads_origin(p, v,
		       &(struct view_thread){ .spawn = first->spawn,
					      .users = 1,
					      .spawned_apart = elsewhere || first->spawned_apart });
	paint_line(p);
}

void threads_json_mark(const struct view *v, uint32_t *numbers)
{
	size_t i;

	for (i = 0; i < v->spawn_count; i++)
		json_stacks_mark(v, &v->spawns[i], numbers);
}

static void put_origin(struct json *j, const struct view *v, const struct view_thread *t,
		       const uint32_t *numbers)
{
	if (!t->spawn) {
		json_null(j, "spawned");
		return;
	}
	json_open(j, "spawned", '{');
	json_unsigned(j, "site", t->spawn->id);
	json_stack(j, v, t->spawn, numbers);
	json_bool(j, "others_elsewhere", t->spawned_apart);
	json_close(j, '}');
}

void threads_json(struct json *j, const struct view *v, const uint32_t *numbers)
{
	const struct view_thread *t;
	size_t i;

	json_lines(j, true);
	json_open(j, "threads", '[');
	for (i = 1; i < v->thread_count; i++) {
		t = &v->threads[i];
		json_lines(j, true);
		json_open(j, NULL, '{');
		json_lines(j, false);
		json_unsigned(j, "tid", t->tid);
		json_text(j, "name", t->name);
		json_unsigned(j, "users", t->users);
		put_origin(j, v, t, numbers);
		json_close(j, '}');
	}
	json_lines(j, true);
	json_close(j, ']');
}
