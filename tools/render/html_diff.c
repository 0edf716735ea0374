/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The difference between two recordings as a page: both of them as in html.c, the old one first,
 * and which of their sites belong together.
 */
#include <errno.h>

#include "render/html_parts.h"

static int begin(struct render_context *c, const struct view_pair *pairs, size_t count)
{
	(void)c;
	(void)pairs;
	(void)count;
	return render_html_is_built() ? 0 : -ENOSYS;
}

/* The number of a site in its recording; -1 where there is none. */
static void put_site(struct json *j, const struct view *v, const struct view_site *site)
{
	json_signed(j, NULL, site ? site - v->sites : -1);
}

static void put_sides(struct json *j, const struct view_diff *v, const struct view_diff_table *t)
{
	size_t i;

	json_open(j, "old", '[');
	for (i = 0; i < t->row_count; i++)
		put_site(j, v->before, t->rows[i].old_site);
	json_close(j, ']');
	json_open(j, "new", '[');
	for (i = 0; i < t->row_count; i++)
		put_site(j, v->after, t->rows[i].new_site);
	json_close(j, ']');
	json_open(j, "match", '[');
	for (i = 0; i < t->row_count; i++)
		json_unsigned(j, NULL, t->rows[i].match);
	json_close(j, ']');
}

static void put_sums(struct json *j, const char *key, const struct view_diff_table *t, bool after)
{
	const struct view_diff_row *row;
	size_t at, i;

	json_open(j, key, '{');
	for (at = 0; at < HTML_COLUMNS; at++) {
		json_open(j, html_columns[at].name, '[');
		for (i = 0; i < t->row_count; i++) {
			row = &t->rows[i];
			json_signed(
				j, NULL,
				html_value(after ? &row->after : &row->before, &html_columns[at]));
		}
		json_close(j, ']');
	}
	json_close(j, '}');
}

static void put_notes(struct json *j, const struct view_diff *v)
{
	size_t i;

	json_open(j, "notes", '[');
	for (i = 0; i < v->note_count; i++)
		json_text(j, NULL, v->notes[i]);
	json_close(j, ']');
}

static int diff(struct render_context *c, const struct view_diff *v)
{
	const struct view_diff_table *t = &v->tables[0];
	struct json j;
	int err = html_recording(c, v->before, v->before->site_count);

	if (!err)
		err = html_recording(c, v->after, v->after->site_count);
	if (err)
		return err;
	html_open(c, &j, "diff", c->done / 2 - 1);
	json_bool(&j, "same_process", v->same_process);
	put_notes(&j, v);
	put_sides(&j, v, t);
	put_sums(&j, "before", t, false);
	put_sums(&j, "after", t, true);
	json_unsigned(&j, "others", t->others_count);
	html_close(c, &j);
	return 0;
}

static int end(struct render_context *c)
{
	return html_finish(c, true);
}

const struct render_diff_ops render_diff_html = { "html", begin, diff, end };
