/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A verdict as JSON: all of it, leaks that pass included. */
#include "base/json.h"

#include <inttypes.h>

#include "render/verdict/render.h"
#include "render/verdict/words.h"

static void put_amount(struct json *j, const char *key, const struct verdict_amount *a)
{
	json_open(j, key, '{');
	json_signed(j, "bytes", a->bytes);
	json_signed(j, "blocks", a->blocks);
	json_close(j, '}');
}

/* Classes of which there is nothing are left out. */
static void put_amounts(struct json *j, const char *key, const struct verdict_amount *amounts)
{
	int k;

	json_open(j, key, '{');
	for (k = 0; k < VERDICT_CLASSES; k++)
		if (amounts[k].bytes || amounts[k].blocks)
			put_amount(j, words_classes[k], &amounts[k]);
	json_close(j, '}');
}

static void put_frame(struct json *j, const struct verdict_frame *f)
{
	json_open(j, NULL, '{');
	json_text(j, "function", f->function);
	json_text(j, "file", f->file);
	if (f->line)
		json_unsigned(j, "line", f->line);
	json_text(j, "module", f->module);
	json_hex(j, "offset", f->offset);
	if (f->inlined)
		json_bool(j, "inlined", true);
	json_close(j, '}');
}

static void put_leak(struct json *j, const struct verdict_leak *leak)
{
	char hash[32];
	size_t i;

	snprintf(hash, sizeof(hash), "%016" PRIx64, leak->hash);
	json_open(j, NULL, '{');
	json_bool(j, "fails", leak->fails);
	json_text(j, "class", words_classes[leak->worst]);
	json_text(j, "stack_hash", hash);
	put_amounts(j, "found", leak->found);
	put_amounts(j, "known", leak->excused);
	put_amount(j, "held", &leak->held);
	json_open(j, "stack", '[');
	for (i = 0; i < leak->frame_count; i++)
		put_frame(j, &leak->frames[i]);
	json_close(j, ']');
	json_close(j, '}');
}

static void put_rule(struct json *j, const struct verdict_rule *r)
{
	json_open(j, NULL, '{');
	json_text(j, "limit", r->name);
	json_text(j, "what", r->title);
	if (r->subject)
		json_text(j, "of", r->subject);
	json_text(j, "state", words_states[r->state]);
	json_text(j, "unit", r->is_bytes ? "bytes" : "calls");
	json_unsigned(j, "value", r->value);
	json_unsigned(j, "most", r->most);
	if (r->leak_class >= 0)
		json_unsigned(j, "blocks", r->blocks);
	json_close(j, '}');
}

static void put_process(struct json *j, const struct verdict_process *p)
{
	size_t i;

	json_lines(j, true);
	json_open(j, NULL, '{');
	json_text(j, "name", p->name);
	json_text(j, "program", p->program);
	json_text(j, "command", p->command);
	json_unsigned(j, "pid", p->pid);
	json_text(j, "end", p->end);
	json_text(j, "recording", p->recording);
	json_text(j, "state", words_states[p->state]);
	json_text(j, "why", p->why);
	json_bool(j, "leaks_known", p->leaks_known);
	json_unsigned(j, "peak_bytes", p->peak_bytes);
	json_unsigned(j, "live_bytes", p->live_bytes);
	json_unsigned(j, "total_bytes", p->total_bytes);
	json_unsigned(j, "calls", p->calls);
	json_unsigned(j, "duration_us", p->duration_us);
	json_lines(j, false);
	put_amounts(j, "found", p->found);
	put_amounts(j, "known", p->excused);
	put_amounts(j, "suppressed", p->suppressed);
	json_lines(j, true);
	json_open(j, "limits", '[');
	for (i = 0; i < p->rule_count; i++)
		put_rule(j, &p->rules[i]);
	json_close(j, ']');
	json_open(j, "leaks", '[');
	for (i = 0; i < p->leak_count; i++)
		put_leak(j, &p->leaks[i]);
	json_close(j, ']');
	json_close(j, '}');
}

static void put_suppressions(struct json *j, const char *key, const struct verdict_suppression *s,
			     size_t count)
{
	size_t i;

	json_open(j, key, '[');
	for (i = 0; i < count; i++) {
		json_open(j, NULL, '{');
		json_text(j, "name", s[i].name);
		json_text(j, "file", s[i].file);
		json_unsigned(j, "line", s[i].line);
		json_unsigned(j, "bytes", s[i].bytes);
		json_unsigned(j, "blocks", s[i].blocks);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void put_left_out(struct json *j, const struct verdict *v)
{
	size_t i;

	json_open(j, "not_judged", '[');
	for (i = 0; i < v->left_out_count; i++) {
		json_open(j, NULL, '{');
		json_text(j, "name", v->left_out[i].name);
		json_unsigned(j, "processes", v->left_out[i].count);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void put_head(struct json *j, const struct verdict *v)
{
	struct buf words = { 0 };

	words_verdict(v, &words);
	json_text(j, "tidemark", v->version);
	json_text(j, "schema", "tidemark-verdict/1");
	json_text(j, "verdict", words_states[v->state]);
	json_text(j, "summary", buf_text(&words));
	json_text(j, "root", v->root);
	json_text(j, "program", v->program);
	json_text(j, "program_end", v->end);
	json_signed(j, "program_status", v->status);
	json_unsigned(j, "judged", v->judged);
	json_unsigned(j, "failed", v->failed);
	json_unsigned(j, "unmeasured", v->unmeasured);
	json_text(j, "judged_are", v->selection);
	json_text(j, "baseline", v->baseline);
	json_unsigned(j, "gone_since_baseline", v->healed);
	buf_free(&words);
}

void verdict_json(FILE *out, const struct verdict *v)
{
	struct json j;
	size_t i;

	json_begin(&j, out);
	json_open(&j, NULL, '{');
	put_head(&j, v);
	put_left_out(&j, v);
	put_suppressions(&j, "suppressions_used", v->used, v->used_count);
	put_suppressions(&j, "suppressions_unused", v->unused, v->unused_count);
	json_open(&j, "notes", '[');
	for (i = 0; i < v->note_count; i++)
		json_text(&j, NULL, v->notes[i]);
	json_close(&j, ']');
	json_open(&j, "processes", '[');
	for (i = 0; i < v->process_count; i++)
		put_process(&j, &v->processes[i]);
	json_close(&j, ']');
	json_close(&j, '}');
	json_end(&j);
}
