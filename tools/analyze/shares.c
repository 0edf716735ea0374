/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "analyze/shares.h"

#include <errno.h>

#include "analyze/sums.h"

/* The innermost with a line of source: the runtime of OpenMP, say, is none of the user's. */
static const struct view_frame *spawn_frame(const struct view *v, const struct view_site *s)
{
	const struct view_frame *f;

	for (uint32_t i = 0; i < s->shown_count; i++) {
		f = &v->frames[v->stack[s->shown + i]];
		if (f->file && f->line)
			return f;
	}
	return s->shown_count ? &v->frames[v->stack[s->shown]] : NULL;
}

/* After the shares. */
static int fill_threads(struct analysis *a, const struct model *m)
{
	struct view_thread *threads = arena_take(&a->arena, m->thread_count + 1, sizeof(*threads));
	const struct view_site *spawn = a->view.spawns;
	size_t i;

	if (!threads)
		return -ENOMEM;
	for (i = 0; i < m->thread_count; i++) {
		threads[i] = (struct view_thread){
			.tid = m->threads[i].tid,
			.users = m->threads[i].users,
			.name = m->threads[i].name,
			.spawn = m->threads[i].spawn_site ? spawn++ : NULL,
			.spawned_apart = m->threads[i].spawned_apart,
		};
		if (threads[i].spawn)
			threads[i].spawn_frame = spawn_frame(&a->view, threads[i].spawn);
	}
	for (i = 0; i < a->view.share_count; i++)
		sums_add(&threads[a->view.shares[i].thread].sums, &a->view.shares[i].sums);
	a->view.threads = threads;
	a->view.thread_count = m->thread_count;
	return 0;
}

/* The site of a share in the view, NULL when the filter held it back. */
static struct view_site *site_of(const struct analysis *a, const struct model_share *share)
{
	uint32_t id = a->ids[share->site];

	return id ? &a->view.sites[id - 1] : NULL;
}

int shares_fill(struct analysis *a, const struct model *m)
{
	struct view_share *shares;
	struct view_site *site;
	uint32_t total = 0;
	size_t i;

	for (i = 0; i < a->view.site_count; i++) {
		a->view.sites[i].first_share = total;
		total += a->view.sites[i].threads;
		a->view.sites[i].threads = 0;
	}
	shares = arena_take(&a->arena, (size_t)total + 1, sizeof(*shares));
	if (!shares)
		return -ENOMEM;
	for (i = 0; i < m->share_count; i++) {
		site = site_of(a, &m->shares[i]);
		if (!site)
			continue;
		shares[site->first_share + site->threads++] = (struct view_share){
			.sums = sums_of(&m->shares[i].sums, 0),
			.thread = m->shares[i].thread,
		};
	}
	a->view.shares = shares;
	a->view.share_count = total;
	return fill_threads(a, m);
}
