/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/json.h"

#include <errno.h>
#include <stdlib.h>

#include "render/json_advice.h"
#include "render/json_facts.h"
#include "render/json_stacks.h"
#include "render/json_time.h"
#include "render/render.h"
#include "render/threads.h"

/* tools/schema/report.schema.json; a new number when something read before is read differently. */
#define SCHEMA "tidemark-report/1"

static void put_list(struct json *j, const char *key, const char *const *list, size_t count)
{
	size_t i;

	json_open(j, key, '[');
	for (i = 0; i < count; i++)
		json_text(j, NULL, list[i]);
	json_close(j, ']');
}

static void put_pauses(struct json *j, const struct view_facts *f)
{
	json_open(j, "pauses", '[');
	for (size_t i = 0; i < f->pause_count; i++) {
		json_open(j, NULL, '{');
		json_unsigned(j, "us", f->pauses[i].us);
		json_unsigned(j, "until_us", f->pauses[i].until_us);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void put_recording(struct json *j, const struct view_facts *f)
{
	json_open(j, "recording", '{');
	json_text(j, "path", f->path);
	json_text(j, "program", f->program);
	put_list(j, "args", f->args, f->arg_count);
	json_text(j, "cwd", f->cwd);
	json_text(j, "host", f->host);
	json_unsigned(j, "pid", f->pid);
	json_unsigned(j, "parent_pid", f->parent_pid);
	json_text(j, "state", f->state);
	if (f->alive == VIEW_ALIVE_UNKNOWN || f->alive == VIEW_COPIED)
		json_null(j, "alive");
	else
		json_bool(j, "alive", f->alive == VIEW_ALIVE);
	json_signed(j, "status", f->status);
	json_unsigned(j, "start_unix_ns", f->start_unix_ns);
	json_unsigned(j, "duration_us", f->duration_us);
	json_unsigned(j, "threads_most", f->threads_most);
	json_unsigned(j, "sample_bytes", f->sample_bytes);
	json_unsigned(j, "paused_us", f->paused_us);
	put_pauses(j, f);
	json_unsigned(j, "forked_from", f->forked_from);
	put_list(j, "options", f->options, f->option_count);
	put_list(j, "flags", f->flags, f->flag_count);
	json_close(j, '}');
}

static void put_python(struct json *j, const struct view_python *python)
{
	if (!python->version) {
		json_null(j, "python");
		return;
	}
	json_open(j, "python", '{');
	json_text(j, "version", python->version);
	json_text(j, "stacks", python->stacks);
	json_text(j, "objects", python->objects);
	json_close(j, '}');
}

static void put_totals(struct json *j, const struct view_facts *f)
{
	json_open(j, "totals", '{');
	json_signed(j, "peak_bytes", f->peak_bytes);
	json_unsigned(j, "peak_us", f->peak_us);
	json_signed(j, "peak_error_bytes", f->peak_error_bytes);
	json_signed(j, "at_peak_bytes", f->sum.at_peak_bytes);
	json_signed(j, "live_bytes", f->sum.live_bytes);
	json_signed(j, "live_blocks", f->sum.live_blocks);
	json_unsigned(j, "total_bytes", f->sum.total_bytes);
	json_unsigned(j, "calls", f->sum.calls);
	json_unsigned(j, "temporaries", f->sum.temporaries);
	json_unsigned(j, "rss_peak_bytes", f->rss_peak_bytes);
	json_unsigned(j, "inherited_bytes", f->inherited_bytes);
	json_unsigned(j, "inherited_blocks", f->inherited_blocks);
	json_close(j, '}');
}

static void put_losses(struct json *j, const struct view_facts *f)
{
	size_t i;

	json_open(j, "drops", '{');
	for (i = 0; i < f->drop_count; i++)
		json_unsigned(j, f->drops[i].name, f->drops[i].value);
	json_close(j, '}');
	json_lines(j, true);
	json_open(j, "verify", '{');
	json_lines(j, false);
	json_unsigned(j, "compared", f->verify.compared);
	json_unsigned(j, "fresh", f->verify.fresh);
	json_unsigned(j, "differences", f->verify.differences);
	json_unsigned(j, "stale", f->verify.stale);
	json_unsigned(j, "unsure", f->verify.unsure);
	json_close(j, '}');
}

static void put_classes(struct json *j, const struct view_leaks *leaks)
{
	static const char *const names[] = { "definite", "indirect", "possible", "reachable" };
	size_t i;

	for (i = 0; i < VIEW_LEAK_CLASSES; i++) {
		json_open(j, names[i], '{');
		json_signed(j, "bytes", leaks->bytes[i]);
		json_signed(j, "blocks", leaks->blocks[i]);
		json_close(j, '}');
	}
	json_open(j, "held", '{');
	json_signed(j, "bytes", leaks->held_bytes);
	json_signed(j, "blocks", leaks->held_blocks);
	json_close(j, '}');
}

static void put_leaks(struct json *j, const struct view_leaks *leaks)
{
	if (!leaks) {
		json_null(j, "leaks");
		return;
	}
	json_open(j, "leaks", '{');
	put_classes(j, leaks);
	json_close(j, '}');
}

static void put_scan(struct json *j, const struct view_scan *s)
{
	json_open(j, "scan", '{');
	json_text(j, "state", s->state);
	json_text(j, "why", s->why);
	put_list(j, "flags", s->flags, s->flag_count);
	json_unsigned(j, "us", s->us);
	json_unsigned(j, "took_us", s->took_us);
	json_unsigned(j, "pause_us", s->pause_us);
	json_unsigned(j, "number", s->number);
	json_unsigned(j, "since_ms", s->since_ms);
	json_unsigned(j, "threads", s->threads);
	json_unsigned(j, "unparked", s->unparked);
	json_close(j, '}');
}

/* From the block outwards to the root. */
static void put_holders(struct json *j, const struct view_holder *h)
{
	if (!h) {
		json_null(j, "holders");
		return;
	}
	json_open(j, "holders", '[');
	for (; h; h = h->outer) {
		json_open(j, NULL, '{');
		json_text(j, "kind", h->kind);
		json_hex(j, "address", h->address);
		json_unsigned(j, "offset", h->offset);
		json_unsigned(j, "bytes", h->bytes);
		if (h->site)
			json_unsigned(j, "site", h->site->id);
		if (h->module)
			json_text(j, "module", h->module);
		if (h->symbol) {
			json_text(j, "symbol", h->symbol);
			json_unsigned(j, "symbol_offset", h->symbol_offset);
		}
		if (h->tid)
			json_unsigned(j, "tid", h->tid);
		if (h->thread)
			json_text(j, "thread", h->thread);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void put_leak_block(struct json *j, const struct view_leak_block *b)
{
	static const char *const names[] = { "definite", "indirect", "possible", "reachable" };

	json_lines(j, true);
	json_open(j, NULL, '{');
	json_lines(j, false);
	json_hex(j, "address", b->address);
	json_unsigned(j, "bytes", b->bytes);
	json_text(j, "class", names[b->leak_class]);
	if (b->site)
		json_unsigned(j, "site", b->site->id);
	else
		json_null(j, "site");
	json_unsigned(j, "birth_ms", b->birth_ms);
	json_unsigned(j, "held_bytes", b->held_bytes);
	json_unsigned(j, "held_blocks", b->held_blocks);
	if (b->leader)
		json_hex(j, "leader", b->leader);
	else
		json_null(j, "leader");
	put_holders(j, b->holder);
	json_close(j, '}');
}

static void put_leak_blocks(struct json *j, const struct view *v)
{
	size_t i;

	json_lines(j, true);
	json_open(j, "leak_blocks", '[');
	for (i = 0; i < v->leak_block_count; i++)
		put_leak_block(j, &v->leak_blocks[i]);
	json_lines(j, true);
	json_close(j, ']');
}

static size_t listed_sites(const struct view *v)
{
	return v->site_count < v->site_limit ? v->site_count : v->site_limit;
}

static void put_site(struct json *j, const struct view *v, const struct view_site *s,
		     const uint32_t *numbers)
{
	uint32_t i;

	json_lines(j, true);
	json_open(j, NULL, '{');
	json_lines(j, false);
	json_unsigned(j, "id", s->id);
	json_text(j, "mapping", s->mapping);
	json_sums(j, &s->sums);
	put_leaks(j, v->facts.leaks ? &s->sums.leaks : NULL);
	if (v->facts.sample_bytes)
		json_signed(j, "at_peak_error_bytes", s->at_peak_error_bytes);
	json_open(j, "histogram", '[');
	for (i = 0; i < VIEW_HISTOGRAM; i++)
		json_unsigned(j, NULL, s->histogram[i]);
	json_close(j, ']');
	json_unsigned(j, "first_ms", s->first_ms);
	json_unsigned(j, "last_ms", s->last_ms);
	json_bool(j, "cut", s->cut);
	if (s->arena)
		json_bool(j, "arena", true);
	json_unsigned(j, "threads", s->threads);
	json_stack(j, v, s, numbers);
	json_close(j, '}');
}

static size_t listed_mappings(const struct view *v)
{
	return v->mapping_count < v->site_limit ? v->mapping_count : v->site_limit;
}

static void put_mapping(struct json *j, const struct view *v, const struct view_site *s,
			const uint32_t *numbers)
{
	json_lines(j, true);
	json_open(j, NULL, '{');
	json_lines(j, false);
	json_unsigned(j, "id", s->id);
	json_text(j, "kind", s->mapping);
	json_sums(j, &s->sums);
	json_unsigned(j, "first_ms", s->first_ms);
	json_unsigned(j, "last_ms", s->last_ms);
	json_stack(j, v, s, numbers);
	json_close(j, '}');
}

/* Beside the heap; where they are part of the peak, sites have them once more. */
static void put_mappings(struct json *j, const struct view *v, const uint32_t *numbers)
{
	json_lines(j, true);
	json_open(j, "mappings", '{');
	json_lines(j, false);
	json_bool(j, "counted", v->counts_mappings);
	json_open(j, "list", '[');
	for (size_t i = 0; i < listed_mappings(v); i++)
		put_mapping(j, v, &v->mappings[i], numbers);
	json_lines(j, true);
	json_close(j, ']');
	json_close(j, '}');
}

static int put_sites(struct json *j, const struct view *v)
{
	uint32_t *numbers = calloc(v->frame_count + 1, sizeof(*numbers));
	size_t i;

	if (!numbers)
		return -ENOMEM;
	for (i = 0; i < listed_sites(v); i++)
		json_stacks_mark(v, &v->sites[i], numbers);
	threads_json_mark(v, numbers);
	for (i = 0; i < listed_mappings(v); i++)
		json_stacks_mark(v, &v->mappings[i], numbers);
	json_frames(j, v, numbers);
	json_lines(j, true);
	json_open(j, "sites", '[');
	for (i = 0; i < listed_sites(v); i++)
		put_site(j, v, &v->sites[i], numbers);
	json_lines(j, true);
	json_close(j, ']');
	threads_json(j, v, numbers);
	put_mappings(j, v, numbers);
	free(numbers);
	return 0;
}

static void put_groups(struct json *j, const struct view *v)
{
	const struct view_table *table = v->table_count ? &v->tables[0] : NULL;
	size_t i;

	json_lines(j, true);
	if (!v->groups || !table) {
		json_null(j, "groups");
		return;
	}
	json_open(j, "groups", '[');
	for (i = 0; i < table->row_count; i++) {
		json_lines(j, true);
		json_open(j, NULL, '{');
		json_lines(j, false);
		json_text(j, "label", table->rows[i].label);
		json_text(j, "detail", table->rows[i].detail);
		json_sums(j, &table->rows[i].sums);
		put_leaks(j, v->facts.leaks ? &table->rows[i].sums.leaks : NULL);
		json_unsigned(j, "sites", table->rows[i].sites);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void put_timeline(struct json *j, const struct view *v)
{
	const struct view_point *p;
	size_t i;

	json_lines(j, true);
	json_open(j, "timeline", '{');
	json_lines(j, false);
	json_unsigned(j, "interval_us", v->interval_us);
	json_open(j, "rows", '[');
	for (i = 0; i < v->point_count; i++) {
		p = &v->points[i];
		json_open(j, NULL, '[');
		json_unsigned(j, NULL, p->us);
		json_unsigned(j, NULL, p->live_bytes);
		json_unsigned(j, NULL, p->live_blocks);
		json_unsigned(j, NULL, p->rss_bytes);
		json_close(j, ']');
	}
	json_close(j, ']');
	json_close(j, '}');
}

static void put_warnings(struct json *j, const struct view *v)
{
	json_lines(j, true);
	put_list(j, "warnings", v->warnings, v->warning_count);
}

void json_facts(struct json *j, const struct view *v)
{
	json_lines(j, true);
	put_recording(j, &v->facts);
	put_python(j, &v->facts.python);
	put_totals(j, &v->facts);
	put_losses(j, &v->facts);
	json_lines(j, true);
	put_leaks(j, v->facts.leaks);
	json_lines(j, true);
	put_scan(j, &v->facts.scan);
	put_leak_blocks(j, v);
	put_warnings(j, v);
	json_advice(j, v);
}

/* The objects of one recording; the braces around them are the caller's. */
static int put_view(struct json *j, const struct view *v)
{
	int err;

	json_facts(j, v);
	json_modules(j, v);
	err = put_sites(j, v);
	put_groups(j, v);
	put_timeline(j, v);
	json_time(j, v);
	return err;
}

static void put_head(struct json *j, const struct render_context *c)
{
	json_text(j, "tidemark", c->version);
	json_text(j, "schema", SCHEMA);
}

/* The writer's state must outlive a call, so the frame around several recordings is by hand. */
static int begin(struct render_context *c)
{
	struct json j;

	if (!c->several)
		return 0;
	json_begin(&j, c->out);
	json_open(&j, NULL, '{');
	put_head(&j, c);
	fputs(",\n \"recordings\":[", c->out);
	return 0;
}

static int view(struct render_context *c, const struct view *v)
{
	struct json j;
	int err;

	if (c->several && c->done)
		putc(',', c->out);
	json_begin(&j, c->out);
	json_open(&j, NULL, '{');
	if (!c->several)
		put_head(&j, c);
	err = put_view(&j, v);
	putc('\n', c->out);
	json_close(&j, '}');
	if (!c->several)
		json_end(&j);
	c->done++;
	return err;
}

static int end(struct render_context *c)
{
	if (c->several)
		fputs("]\n}\n", c->out);
	return 0;
}

const struct render_ops render_json = { "json", begin, view, end };
