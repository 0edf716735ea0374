/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render/threads.h"

#include <string.h>

#include "base/util.h"
#include "render/json_stacks.h"

void threads_origin(struct painter *p, const struct view_thread *thread)
{
	const struct view_frame *f = thread->spawn_frame;
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

static bool same_origin(const struct view_thread *a, const struct view_thread *b)
{
	return a->spawn_frame == b->spawn_frame && a->spawned_apart == b->spawned_apart;
}

#define NAMES_SHOWN 4

struct origin {
	const struct view_thread *first;
	uint32_t users;
	bool unknown;	/* of one at least: the main thread, or begun before recording */
	bool elsewhere; /* not all at the same place */
};

static struct origin origin_of(const struct view *v, const struct view_site *site)
{
	const struct view_share *shares = v->shares + site->first_share;
	struct origin o = { .first = &v->threads[shares[0].thread] };
	const struct view_thread *t;

	for (uint32_t i = 0; i < site->threads; i++) {
		t = &v->threads[shares[i].thread];
		o.users += t->users;
		o.unknown |= !t->spawn_frame;
		o.elsewhere |= !same_origin(o.first, t);
	}
	return o;
}

static bool is_named_before(const struct view *v, const struct view_site *site, uint32_t at)
{
	const struct view_share *shares = v->shares + site->first_share;

	for (uint32_t i = 0; i < at; i++)
		if (!strcmp(v->threads[shares[i].thread].name, v->threads[shares[at].thread].name))
			return true;
	return false;
}

/* "thread loader", or "4 threads: loader, worker, other". */
static void put_names(struct painter *p, const struct view *v, const struct view_site *site,
		      uint32_t users)
{
	const struct view_share *shares = v->shares + site->first_share;
	uint32_t shown = 0, i;

	if (users > 1)
		paint_printf(p, PAINT_DIM, "%s threads: ", util_count(users).text);
	else
		paint_text(p, PAINT_DIM, "thread ");
	for (i = 0; i < site->threads && shown < NAMES_SHOWN; i++) {
		const char *name = v->threads[shares[i].thread].name;

		if (is_named_before(v, site, i))
			continue;
		paint_printf(p, PAINT_DIM, "%s%s", shown++ ? ", " : "",
			     *name ? name : "without a name");
	}
	for (; i < site->threads; i++) {
		if (is_named_before(v, site, i))
			continue;
		paint_text(p, PAINT_DIM, " and others");
		break;
	}
}

/* The main thread's alone are not worth a line, nor is one of unknown origin. */
void threads_of_site(struct painter *p, const struct view *v, const struct view_site *site,
		     unsigned column)
{
	struct origin o;

	if (!site->threads)
		return;
	o = origin_of(v, site);
	if (o.unknown)
		return;
	paint_to(p, column);
	put_names(p, v, site, o.users);
	paint_text(p, PAINT_DIM, ", ");
	threads_origin(
		p, &(struct view_thread){ .spawn_frame = o.first->spawn_frame,
					  .users = 1,
					  .spawned_apart = o.elsewhere || o.first->spawned_apart });
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
