/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render/html_lists.h"

#define MAPPINGS_MOST 200

/* As of a site: the innermost node, and which of its frames concern the user. */
static int put_stack(struct json *j, struct page_tables *t, const struct view_site *s)
{
	uint32_t node;
	int err = page_tables_node(t, s, &node);

	json_unsigned(j, "node", node);
	json_unsigned(j, "inner", s->shown - s->first);
	json_unsigned(j, "shown", s->shown_count);
	return err;
}

int html_mappings(struct json *j, struct page_tables *t)
{
	const struct view *v = t->view;
	size_t count = v->mapping_count < MAPPINGS_MOST ? v->mapping_count : MAPPINGS_MOST, i;
	int err = 0;

	json_open(j, "mappings", '[');
	for (i = 0; i < count && !err; i++) {
		const struct view_site *s = &v->mappings[i];

		json_open(j, NULL, '{');
		json_text(j, "kind", s->mapping);
		json_signed(j, "live_bytes", s->sums.live_bytes);
		json_signed(j, "own_peak_bytes", s->sums.own_peak_bytes);
		json_signed(j, "ranges", s->sums.live_blocks);
		json_unsigned(j, "calls", s->sums.calls);
		err = put_stack(j, t, s);
		json_close(j, '}');
	}
	json_close(j, ']');
	json_bool(j, "mappings_counted", v->counts_mappings);
	json_unsigned(j, "mappings_more", v->mapping_count - count);
	return err;
}

static int put_thread(struct json *j, struct page_tables *t, const struct view_thread *thread)
{
	const struct view_sums *s = &thread->sums;
	int err = 0;

	json_open(j, NULL, '{');
	json_unsigned(j, "tid", thread->tid);
	json_text(j, "name", thread->name);
	json_unsigned(j, "users", thread->users);
	json_signed(j, "at_peak_bytes", s->at_peak_bytes);
	json_signed(j, "live_bytes", s->live_bytes);
	json_unsigned(j, "total_bytes", s->total_bytes);
	json_unsigned(j, "calls", s->calls);
	json_unsigned(j, "temporaries", s->temporaries);
	json_bool(j, "apart", thread->spawned_apart);
	if (thread->spawn)
		err = put_stack(j, t, thread->spawn);
	json_close(j, '}');
	return err;
}

/* Whose the shares are, site by site; the column "threads" of the sites says how many each has. */
static void put_shares(struct json *j, const struct page_tables *t)
{
	const struct view_site *s = t->view->sites;

	json_open(j, "shares", '[');
	for (size_t i = 0; i < t->site_count; i++)
		for (uint32_t k = 0; k < s[i].threads; k++)
			json_unsigned(j, NULL, t->view->shares[s[i].first_share + k].thread);
	json_close(j, ']');
}

int html_threads(struct json *j, struct page_tables *t)
{
	const struct view *v = t->view;
	bool several = v->thread_count > 2;
	int err = 0;

	json_open(j, "threads", '[');
	for (size_t i = 0; i < v->thread_count && several && !err; i++)
		err = put_thread(j, t, &v->threads[i]);
	json_close(j, ']');
	if (several)
		put_shares(j, t);
	return err;
}
