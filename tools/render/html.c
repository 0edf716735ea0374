/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The report as one page: the page as built from tools/html, with the data of the recordings put
 * into it as JSON.  tools/html/README.md describes the data.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/json.h"
#include "render/html_lists.h"
#include "render/html_parts.h"
#include "render/json_facts.h"
#include "render/json_time.h"
#include "render/page.h"
#include "render/page_tables.h"
#include "render/render.h"

#define SCHEMA	   1
#define MARK	   "<!--data-->"
#define MARK_BYTES (sizeof(MARK) - 1)

const struct html_column html_columns[HTML_COLUMNS] = {
	{ "at_peak_bytes", offsetof(struct view_sums, at_peak_bytes) },
	{ "at_peak_blocks", offsetof(struct view_sums, at_peak_blocks) },
	{ "live_bytes", offsetof(struct view_sums, live_bytes) },
	{ "live_blocks", offsetof(struct view_sums, live_blocks) },
	{ "own_peak_bytes", offsetof(struct view_sums, own_peak_bytes) },
	{ "total_bytes", offsetof(struct view_sums, total_bytes) },
	{ "calls", offsetof(struct view_sums, calls) },
	{ "temporaries", offsetof(struct view_sums, temporaries) },
};

/* After a leak scan. */
static const struct html_column leak_columns[] = {
	{ "definite_bytes", offsetof(struct view_sums, leaks.bytes[0]) },
	{ "indirect_bytes", offsetof(struct view_sums, leaks.bytes[1]) },
	{ "possible_bytes", offsetof(struct view_sums, leaks.bytes[2]) },
	{ "reachable_bytes", offsetof(struct view_sums, leaks.bytes[3]) },
	{ "definite_blocks", offsetof(struct view_sums, leaks.blocks[0]) },
	{ "indirect_blocks", offsetof(struct view_sums, leaks.blocks[1]) },
	{ "possible_blocks", offsetof(struct view_sums, leaks.blocks[2]) },
	{ "reachable_blocks", offsetof(struct view_sums, leaks.blocks[3]) },
	{ "held_bytes", offsetof(struct view_sums, leaks.held_bytes) },
};
#define LEAK_COLUMNS (sizeof(leak_columns) / sizeof(leak_columns[0]))

int64_t html_value(const struct view_sums *s, const struct html_column *column)
{
	int64_t value;

	memcpy(&value, (const char *)s + column->offset, sizeof(value));
	return value;
}

static void put_sums(struct json *j, const char *key, const struct view_sums *s, size_t count)
{
	size_t i;

	json_open(j, key, '{');
	json_unsigned(j, "sites", count);
	for (i = 0; i < HTML_COLUMNS; i++)
		json_signed(j, html_columns[i].name, html_value(s, &html_columns[i]));
	json_close(j, '}');
}

/* Unsigned, so that additions wrap: the numbers of a damaged recording may be anything. */
static void put_others(struct json *j, const struct view *v, size_t listed)
{
	struct view_sums others = { 0 };
	uint64_t sum;
	size_t i, at;

	for (at = 0; at < HTML_COLUMNS; at++) {
		for (i = listed, sum = 0; i < v->site_count; i++)
			sum += (uint64_t)html_value(&v->sites[i].sums, &html_columns[at]);
		memcpy((char *)&others + html_columns[at].offset, &sum, sizeof(sum));
	}
	put_sums(j, "others", &others, v->site_count - listed);
	if (v->table_count)
		put_sums(j, "unmatched", &v->tables[0].unmatched, v->tables[0].unmatched_count);
}

static void put_stacks(struct json *j, const struct page_tables *t)
{
	const struct view_site *s = t->view->sites;
	size_t i;

	json_open(j, "node", '[');
	for (i = 0; i < t->site_count; i++)
		json_unsigned(j, NULL, t->site_nodes[i]);
	json_close(j, ']');
	json_open(j, "inner", '[');
	for (i = 0; i < t->site_count; i++)
		json_unsigned(j, NULL, s[i].shown - s[i].first);
	json_close(j, ']');
	json_open(j, "shown", '[');
	for (i = 0; i < t->site_count; i++)
		json_unsigned(j, NULL, s[i].shown_count);
	json_close(j, ']');
	json_open(j, "cut", '[');
	for (i = 0; i < t->site_count; i++)
		json_unsigned(j, NULL, s[i].cut);
	json_close(j, ']');
}

static void put_lives(struct json *j, const struct page_tables *t)
{
	const struct view_site *s = t->view->sites;
	size_t i, at;

	json_open(j, "first_ms", '[');
	for (i = 0; i < t->site_count; i++)
		json_unsigned(j, NULL, s[i].first_ms);
	json_close(j, ']');
	json_open(j, "last_ms", '[');
	for (i = 0; i < t->site_count; i++)
		json_unsigned(j, NULL, s[i].last_ms);
	json_close(j, ']');
	json_open(j, "threads", '[');
	for (i = 0; i < t->site_count; i++)
		json_unsigned(j, NULL, s[i].threads);
	json_close(j, ']');
	json_open(j, "histogram", '[');
	for (i = 0; i < t->site_count; i++)
		for (at = 0; at < VIEW_HISTOGRAM; at++)
			json_unsigned(j, NULL, s[i].histogram[at]);
	json_close(j, ']');
}

static void put_columns(struct json *j, const struct page_tables *t, const struct html_column *list,
			size_t count)
{
	size_t i, at;

	for (at = 0; at < count; at++) {
		json_open(j, list[at].name, '[');
		for (i = 0; i < t->site_count; i++)
			json_signed(j, NULL, html_value(&t->view->sites[i].sums, &list[at]));
		json_close(j, ']');
	}
}

static void put_sites(struct json *j, const struct page_tables *t)
{
	const struct view_site *s = t->view->sites;
	size_t i;

	json_open(j, "sites", '{');
	json_open(j, "id", '[');
	for (i = 0; i < t->site_count; i++)
		json_unsigned(j, NULL, s[i].id);
	json_close(j, ']');
	put_columns(j, t, html_columns, HTML_COLUMNS);
	if (t->view->facts.leaks)
		put_columns(j, t, leak_columns, LEAK_COLUMNS);
	if (t->view->facts.sample_bytes) {
		json_open(j, "at_peak_error_bytes", '[');
		for (i = 0; i < t->site_count; i++)
			json_signed(j, NULL, s[i].at_peak_error_bytes);
		json_close(j, ']');
	}
	put_stacks(j, t);
	put_lives(j, t);
	json_close(j, '}');
}

static void put_timeline(struct json *j, const struct view *v)
{
	static const struct html_column series[] = {
		{ "us", offsetof(struct view_point, us) },
		{ "live_bytes", offsetof(struct view_point, live_bytes) },
		{ "live_blocks", offsetof(struct view_point, live_blocks) },
		{ "rss_bytes", offsetof(struct view_point, rss_bytes) },
	};
	uint64_t value;
	size_t i, at;

	json_open(j, "timeline", '{');
	json_unsigned(j, "interval_us", v->interval_us);
	for (at = 0; at < sizeof(series) / sizeof(series[0]); at++) {
		json_open(j, series[at].name, '[');
		for (i = 0; i < v->point_count; i++) {
			memcpy(&value, (const char *)&v->points[i] + series[at].offset,
			       sizeof(value));
			json_unsigned(j, NULL, value);
		}
		json_close(j, ']');
	}
	json_close(j, '}');
}

static void put_areas(struct json *j, const struct view *v)
{
	const struct view_areas *a = &v->areas;
	size_t i, row;

	json_open(j, "areas", '[');
	for (i = 0; i < a->count; i++) {
		json_open(j, NULL, '{');
		json_unsigned(j, "site", a->sites[i].id);
		json_open(j, "bytes", '[');
		for (row = 0; row < a->row_count; row++)
			json_signed(j, NULL, a->rows[row].bytes[i]);
		json_close(j, ']');
		json_close(j, '}');
	}
	json_close(j, ']');
	json_open(j, "areas_us", '[');
	for (row = 0; a->count && row < a->row_count; row++)
		json_unsigned(j, NULL, a->rows[row].us);
	json_close(j, ']');
	json_open(j, "areas_live", '[');
	for (row = 0; a->count && row < a->row_count; row++)
		json_signed(j, NULL, a->rows[row].live_bytes);
	json_close(j, ']');
}

static void put_modules(struct json *j, const struct view *v)
{
	size_t i;

	json_open(j, "modules", '[');
	for (i = 1; i < v->module_count; i++) {
		json_open(j, NULL, '{');
		json_text(j, "path", v->modules[i].path);
		json_text(j, "build_id", v->modules[i].build_id);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static int put_sources(struct json *j, struct page_tables *t)
{
	const struct view_source *s = t->view->sources;
	uint32_t file;
	size_t i;
	int err = 0;

	json_open(j, "sources", '[');
	for (i = 0; i < t->view->source_count && !err; i++) {
		err = page_tables_string(t, s[i].file, &file);
		json_open(j, NULL, '{');
		json_unsigned(j, "file", file);
		json_unsigned(j, "line", s[i].line);
		json_bool(j, "newer", s[i].newer);
		json_text(j, "text", s[i].text);
		json_close(j, '}');
	}
	json_close(j, ']');
	return err;
}

void html_open(struct render_context *c, struct json *j, const char *kind, size_t number)
{
	fprintf(c->out, "<script type=\"application/json\" id=\"%s-%zu\">", kind, number);
	json_begin(j, c->out);
	json_lines(j, false);
	j->page = true;
	json_open(j, NULL, '{');
}

void html_close(struct render_context *c, struct json *j)
{
	json_lines(j, false);
	json_close(j, '}');
	fputs("</script>\n", c->out);
}

static void put_facts(struct render_context *c, const struct view *v, size_t listed)
{
	struct json j;

	html_open(c, &j, "facts", c->done);
	json_facts(&j, v);
	json_lines(&j, false);
	json_unsigned(&j, "site_count", v->facts.site_count);
	json_unsigned(&j, "listed", listed);
	html_close(c, &j);
}

static int put_data(struct render_context *c, struct page_tables *t)
{
	const struct view *v = t->view;
	struct json j;
	int err;

	html_open(c, &j, "data", c->done);
	put_sites(&j, t);
	put_others(&j, v, t->site_count);
	put_timeline(&j, v);
	put_areas(&j, v);
	json_time(&j, v);
	json_lines(&j, false);
	err = html_mappings(&j, t);
	if (!err)
		err = html_threads(&j, t);
	page_tables_nodes(t, &j);
	if (!err)
		err = page_tables_frames(t, &j);
	if (!err)
		err = put_sources(&j, t);
	put_modules(&j, v);
	/* Last: all of the above may have added some. */
	page_tables_strings(t, &j);
	html_close(c, &j);
	return err;
}

static const char *data_mark(void)
{
	return page_html_bytes ? strstr(page_html, MARK) : NULL;
}

bool render_html_is_built(void)
{
	return data_mark() != NULL;
}

int html_recording(struct render_context *c, const struct view *v, size_t listed)
{
	struct page_tables t;
	int err = page_tables_make(&t, v, listed);

	if (err)
		return err;
	if (!c->done)
		fwrite(page_html, 1, (size_t)(data_mark() - page_html), c->out);
	put_facts(c, v, listed);
	err = put_data(c, &t);
	page_tables_free(&t);
	c->done++;
	return err;
}

int html_finish(struct render_context *c, bool diff)
{
	struct json j;

	if (!c->done)
		return 0;
	html_open(c, &j, "report", 0);
	json_text(&j, "tidemark", c->version);
	json_unsigned(&j, "schema", SCHEMA);
	json_unsigned(&j, "recordings", c->done);
	json_bool(&j, "diff", diff);
	html_close(c, &j);
	fputs(data_mark() + MARK_BYTES, c->out);
	return 0;
}

/* Nothing yet: where no recording can be read, no half a page is left. */
static int begin(struct render_context *c)
{
	return data_mark() ? 0 : -ENOSYS;
}

static int view(struct render_context *c, const struct view *v)
{
	return html_recording(c, v, v->site_count < v->site_limit ? v->site_count : v->site_limit);
}

static int end(struct render_context *c)
{
	return html_finish(c, false);
}

const struct render_ops render_html = { "html", begin, view, end };
