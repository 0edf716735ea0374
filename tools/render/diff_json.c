/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/util.h"
#include "render/json_stacks.h"
#include "render/render.h"

/* tools/schema/diff.schema.json; a new number when something read before is read differently. */
#define SCHEMA "tidemark-diff/1"

static const char *const sort_words[] = {
	[VIEW_PEAK] = "peak",	      [VIEW_LIVE] = "live",	      [VIEW_TOTAL] = "total",
	[VIEW_CALLS] = "calls",	      [VIEW_TEMPORARY] = "temporary", [VIEW_OWN_PEAK] = "own-peak",
	[VIEW_LEAKED] = "leaked",     [VIEW_DEFINITE] = "definite",   [VIEW_INDIRECT] = "indirect",
	[VIEW_POSSIBLE] = "possible", [VIEW_REACHABLE] = "reachable",
};

static void put_recording(struct json *j, const struct view_facts *f)
{
	size_t i;

	json_open(j, "recording", '{');
	json_text(j, "path", f->path);
	json_text(j, "program", f->program);
	json_open(j, "args", '[');
	for (i = 0; i < f->arg_count; i++)
		json_text(j, NULL, f->args[i]);
	json_close(j, ']');
	json_text(j, "host", f->host);
	json_unsigned(j, "pid", f->pid);
	json_text(j, "state", f->state);
	json_unsigned(j, "start_unix_ns", f->start_unix_ns);
	json_unsigned(j, "duration_us", f->duration_us);
	json_close(j, '}');
}

static void put_totals(struct json *j, const struct view_diff *v)
{
	const struct view_diff_total *t;
	size_t i;

	json_lines(j, true);
	json_open(j, "totals", '{');
	for (i = 0; i < v->total_count; i++) {
		t = &v->totals[i];
		json_lines(j, true);
		json_open(j, t->name, '{');
		json_lines(j, false);
		json_signed(j, "old", t->before);
		json_signed(j, "new", t->after);
		json_signed(j, "change", util_minus(t->after, t->before));
		json_close(j, '}');
	}
	json_lines(j, true);
	json_close(j, '}');
}

static void put_sums(struct json *j, const char *key, const struct view_sums *s, bool leaks)
{
	static const char *const names[] = { "definite", "indirect", "possible", "reachable" };
	size_t i;

	json_open(j, key, '{');
	json_sums(j, s);
	for (i = 0; leaks && i < VIEW_LEAK_CLASSES; i++) {
		json_open(j, names[i], '{');
		json_signed(j, "bytes", s->leaks.bytes[i]);
		json_signed(j, "blocks", s->leaks.blocks[i]);
		json_close(j, '}');
	}
}

struct document {
	struct json *j;
	const struct view_diff *v;
	uint32_t *numbers[2]; /* where frames stand */
};

static void put_row_side(const struct document *d, const struct view_diff_row *row, unsigned side)
{
	const struct view *v = side ? d->v->after : d->v->before;
	const struct view_site *site = side ? row->new_site : row->old_site;
	uint32_t sites = side ? row->new_sites : row->old_sites;
	struct json *j = d->j;

	if (!sites) {
		json_null(j, side ? "new" : "old");
		return;
	}
	put_sums(j, side ? "new" : "old", side ? &row->after : &row->before, v->facts.leaks);
	json_unsigned(j, "sites", sites);
	if (site) {
		json_unsigned(j, "site", site->id);
		json_stack(j, v, site, d->numbers[side]);
	}
	json_close(j, '}');
}

static void put_row(const struct document *d, const struct view_diff_row *row)
{
	static const char *const changes[] = {
		[VIEW_GREW] = "grown",	  [VIEW_SHRANK] = "shrunk", [VIEW_NEW] = "new",
		[VIEW_VANISHED] = "gone", [VIEW_SAME] = "same",
	};
	static const char *const matches[] = {
		[VIEW_MATCH_NONE] = NULL,	    [VIEW_MATCH_CODE] = "code",
		[VIEW_MATCH_NAMES] = "names",	    [VIEW_MATCH_SHOWN] = "functions",
		[VIEW_MATCH_PHYSICAL] = "physical", [VIEW_MATCH_RENAMED] = "renamed",
		[VIEW_MATCH_NEAR] = "near",
	};
	struct json *j = d->j;

	json_lines(j, true);
	json_open(j, NULL, '{');
	json_lines(j, false);
	json_text(j, "change", changes[row->change]);
	json_text(j, "match", matches[row->match]);
	if (row->label) {
		json_text(j, "label", row->label);
		json_text(j, "detail", row->detail);
		json_text(j, "old_label", row->old_label);
	}
	put_row_side(d, row, 0);
	put_row_side(d, row, 1);
	json_close(j, '}');
}

static void put_two(const struct document *d, const char *key, const struct view_sums *before,
		    const struct view_sums *after, size_t count)
{
	struct json *j = d->j;

	json_lines(j, true);
	json_open(j, key, '{');
	json_lines(j, false);
	json_unsigned(j, "count", count);
	put_sums(j, "old", before, d->v->before->facts.leaks);
	json_close(j, '}');
	put_sums(j, "new", after, d->v->after->facts.leaks);
	json_close(j, '}');
	json_close(j, '}');
}

static void put_table(const struct document *d, const struct view_diff_table *t)
{
	struct json *j = d->j;
	size_t i;

	json_lines(j, true);
	json_text(j, "sort", sort_words[t->sort]);
	json_open(j, "rows", '[');
	for (i = 0; i < t->row_count; i++)
		put_row(d, &t->rows[i]);
	json_lines(j, true);
	json_close(j, ']');
	put_two(d, "others", &t->old_others, &t->new_others, t->others_count);
	put_two(d, "unmatched", &t->old_unmatched, &t->new_unmatched, t->unmatched_count);
	put_two(d, "sum", &t->old_sum, &t->new_sum, t->row_count + t->others_count);
}

static void mark_frames(const struct document *d, const struct view_diff_table *t)
{
	size_t i;

	for (i = 0; i < t->row_count; i++) {
		if (t->rows[i].old_site)
			json_stacks_mark(d->v->before, t->rows[i].old_site, d->numbers[0]);
		if (t->rows[i].new_site)
			json_stacks_mark(d->v->after, t->rows[i].new_site, d->numbers[1]);
	}
}

static void put_side(const struct document *d, unsigned side)
{
	const struct view *v = side ? d->v->after : d->v->before;
	struct json *j = d->j;

	json_lines(j, true);
	json_open(j, side ? "new" : "old", '{');
	put_recording(j, &v->facts);
	json_modules(j, v);
	json_frames(j, v, d->numbers[side]);
	json_lines(j, true);
	json_close(j, '}');
}

static void put_document(const struct document *d)
{
	static const char *const by_words[] = { "site", "function", "line",
						"file", "module",   "thread" };
	struct json *j = d->j;
	size_t i;

	mark_frames(d, &d->v->tables[0]);
	json_lines(j, true);
	json_text(j, "program", d->v->after->facts.program);
	json_bool(j, "same_process", d->v->same_process);
	json_open(j, "notes", '[');
	for (i = 0; i < d->v->note_count; i++)
		json_text(j, NULL, d->v->notes[i]);
	json_close(j, ']');
	put_totals(j, d->v);
	put_side(d, 0);
	put_side(d, 1);
	json_lines(j, true);
	json_text(j, "by", by_words[d->v->by]);
	put_table(d, &d->v->tables[0]);
}

static void put_head(struct json *j, const struct render_context *c)
{
	json_text(j, "tidemark", c->version);
	json_text(j, "schema", SCHEMA);
}

static void put_lonely(struct json *j, const struct view_pair *pair)
{
	json_open(j, NULL, '{');
	json_text(j, "program", pair->program);
	json_text(j, "side", pair->old_path ? "old" : "new");
	json_text(j, "path", pair->old_path ? pair->old_path : pair->new_path);
	json_unsigned(j, "pid", pair->old_path ? pair->old_pid : pair->new_pid);
	json_signed(j, "peak_bytes", pair->old_path ? pair->old_peak_bytes : pair->new_peak_bytes);
	json_signed(j, "live_bytes", pair->old_path ? pair->old_live_bytes : pair->new_live_bytes);
	json_close(j, '}');
}

/* The writer's state must outlive a call, so the frame around several is by hand. */
static int begin(struct render_context *c, const struct view_pair *pairs, size_t count)
{
	struct json j;
	size_t i;

	if (!c->several)
		return 0;
	json_begin(&j, c->out);
	json_open(&j, NULL, '{');
	put_head(&j, c);
	json_open(&j, "unpaired", '[');
	for (i = 0; i < count; i++)
		if (!pairs[i].old_path || !pairs[i].new_path)
			put_lonely(&j, &pairs[i]);
	json_close(&j, ']');
	fputs(",\n \"pairs\":[", c->out);
	return 0;
}

static int diff(struct render_context *c, const struct view_diff *v)
{
	struct json j;
	struct document d = { .j = &j, .v = v };
	int err = 0;

	if (c->several && c->done)
		putc(',', c->out);
	json_begin(&j, c->out);
	json_open(&j, NULL, '{');
	if (!c->several)
		put_head(&j, c);
	d.numbers[0] = calloc(v->before->frame_count + 1, sizeof(uint32_t));
	d.numbers[1] = calloc(v->after->frame_count + 1, sizeof(uint32_t));
	if (d.numbers[0] && d.numbers[1])
		put_document(&d);
	else
		err = -ENOMEM;
	putc('\n', c->out);
	json_close(&j, '}');
	if (!c->several)
		json_end(&j);
	free(d.numbers[0]);
	free(d.numbers[1]);
	c->done++;
	return err;
}

static int end(struct render_context *c)
{
	if (c->several)
		fputs("]\n}\n", c->out);
	return 0;
}

const struct render_diff_ops render_diff_json = { "json", begin, diff, end };
