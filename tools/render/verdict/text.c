/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A verdict for people. */
#include "base/util.h"
#include "render/verdict/render.h"
#include "render/verdict/words.h"

#define PROCESSES_MOST	20
#define LEAKS_MOST	10
#define GROUPS_MOST	8
#define SUPPRESSED_MOST 20

struct text {
	FILE *out;
	const struct render_style *style;
	struct buf line;
};

enum colour { PLAIN, GOOD, BAD, BOLD };

static const char *on(const struct text *t, enum colour colour)
{
	static const char *const codes[] = { "", "\033[1;32m", "\033[1;31m", "\033[1m" };

	return t->style->colour ? codes[colour] : "";
}

static const char *off(const struct text *t)
{
	return t->style->colour ? "\033[0m" : "";
}

static enum colour colour_of(enum verdict_state state)
{
	return state == VERDICT_PASSED ? GOOD : state == VERDICT_LEFT_OUT ? PLAIN : BAD;
}

static void flush(struct text *t)
{
	fputs(buf_text(&t->line), t->out);
	buf_reset(&t->line);
}

static void put_head(struct text *t, const struct verdict *v)
{
	static const char *const words[] = {
		[VERDICT_PASSED] = "passed",
		[VERDICT_FAILED] = "FAILED",
		[VERDICT_UNMEASURED] = "NOT MEASURED",
	};

	buf_printf(&t->line, "tidemark check: %s%s%s: ", on(t, colour_of(v->state)),
		   words[v->state], off(t));
	words_verdict(v, &t->line);
	if (v->status)
		buf_printf(&t->line, "; %s %s", v->program, v->end);
	buf_puts(&t->line, "\n");
	flush(t);
}

static void put_rules(struct text *t, const struct verdict_process *p)
{
	size_t i;

	for (i = 0; i < p->rule_count; i++) {
		if (p->rules[i].state != VERDICT_FAILED)
			continue;
		buf_printf(&t->line, "  %sexceeded%s      ", on(t, BAD), off(t));
		words_rule(&p->rules[i], &t->line);
		buf_puts(&t->line, "\n");
		flush(t);
	}
	if (p->why)
		fprintf(t->out, "  %snot measured%s  %s\n", on(t, BAD), off(t), p->why);
}

/* The process that the same stack has been told of, NULL = none yet. */
static const struct verdict_process *told_of(const struct verdict *v,
					     const struct verdict_process *before,
					     const struct verdict_leak *leak)
{
	const struct verdict_process *p;
	size_t i;

	for (p = v->processes; p < before; p++)
		for (i = 0; i < p->leak_count && i < LEAKS_MOST && p->leaks[i].fails; i++)
			if (p->leaks[i].hash == leak->hash)
				return p;
	return NULL;
}

static void put_leak(struct text *t, const struct verdict_leak *leak,
		     const struct verdict_process *before)
{
	buf_puts(&t->line, "\n    ");
	words_leak(leak, &t->line);
	if (before)
		buf_printf(&t->line, ", at the same stack as in process %u", before->pid);
	buf_puts(&t->line, "\n");
	if (!before)
		words_stack(leak, "        ", &t->line);
	flush(t);
}

static void put_leaks(struct text *t, const struct verdict *v, const struct verdict_process *p)
{
	size_t shown = 0, failing = 0, i;

	for (i = 0; i < p->leak_count; i++)
		failing += p->leaks[i].fails;
	for (i = 0; i < p->leak_count && shown < LEAKS_MOST; i++) {
		if (!p->leaks[i].fails)
			continue;
		shown++;
		put_leak(t, &p->leaks[i], told_of(v, p, &p->leaks[i]));
	}
	if (shown < failing)
		fprintf(t->out, "\n    and %zu stacks more; --json FILE has all of them\n",
			failing - shown);
}

static void put_processes(struct text *t, const struct verdict *v)
{
	const struct verdict_process *p;
	size_t shown = 0, i;

	for (i = 0; i < v->process_count; i++) {
		p = &v->processes[i];
		if (p->state != VERDICT_FAILED && p->state != VERDICT_UNMEASURED)
			continue;
		if (++shown > PROCESSES_MOST)
			continue;
		buf_puts(&t->line, "\n");
		buf_puts(&t->line, on(t, BOLD));
		words_process(p, &t->line);
		buf_printf(&t->line, "%s\n", off(t));
		flush(t);
		put_rules(t, p);
		put_leaks(t, v, p);
	}
	if (shown > PROCESSES_MOST)
		fprintf(t->out, "\nand %zu processes more\n", shown - PROCESSES_MOST);
	if (shown)
		putc('\n', t->out);
}

static void put_left_out(struct text *t, const struct verdict *v)
{
	size_t i;

	if (!v->left_out_count)
		return;
	buf_puts(&t->line, "not judged: ");
	for (i = 0; i < v->left_out_count && i < GROUPS_MOST; i++) {
		buf_printf(&t->line, "%s%s", i ? ", " : "", v->left_out[i].name);
		if (v->left_out[i].count > 1)
			buf_printf(&t->line, " (%zu)", v->left_out[i].count);
	}
	if (i < v->left_out_count)
		buf_printf(&t->line, " and %zu programs more", v->left_out_count - i);
	buf_printf(&t->line, "; judged are %s (--only, --skip, --all-programs)\n", v->selection);
	flush(t);
}

static void put_suppressions(struct text *t, const struct verdict *v)
{
	const struct verdict_suppression *s;
	size_t i;

	for (i = 0; i < v->used_count && i < SUPPRESSED_MOST; i++) {
		s = &v->used[i];
		fprintf(t->out, "suppressed: %s in %s by %s:%u %s%s%s\n",
			util_bytes((int64_t)s->bytes).text,
			util_counted((int64_t)s->blocks, "block").text, s->file, s->line, s->name,
			s->reason ? ": " : "", s->reason ? s->reason : "");
	}
	if (i < v->used_count)
		fprintf(t->out, "suppressed: and by %zu entries more\n", v->used_count - i);
	for (i = 0; i < v->unused_count && i < SUPPRESSED_MOST; i++)
		fprintf(t->out, "unused suppression: %s:%u %s matched nothing\n", v->unused[i].file,
			v->unused[i].line, v->unused[i].name);
	if (i < v->unused_count)
		fprintf(t->out, "unused suppressions: %zu more\n", v->unused_count - i);
}

static void put_baseline(struct text *t, const struct verdict *v)
{
	struct verdict_amount known = { 0 };
	size_t i;
	int k;

	if (!v->baseline)
		return;
	for (i = 0; i < v->process_count; i++) {
		/* What is still pointed to is no leak. */
		for (k = 0; k < VERDICT_CLASSES - 1; k++) {
			known.bytes += v->processes[i].excused[k].bytes;
			known.blocks += v->processes[i].excused[k].blocks;
		}
	}
	if (known.blocks || known.bytes)
		fprintf(t->out, "known to %s: leaks of %s in %s\n", v->baseline,
			util_bytes(known.bytes).text, util_counted(known.blocks, "block").text);
	if (v->healed)
		fprintf(t->out, "gone since %s: %s; --save-baseline keeps it that way\n",
			v->baseline, util_counted((int64_t)v->healed, "leak").text);
}

void verdict_text(FILE *out, const struct verdict *v, const struct render_style *style)
{
	struct text t = { .out = out, .style = style };
	size_t i;

	put_head(&t, v);
	put_processes(&t, v);
	put_left_out(&t, v);
	put_suppressions(&t, v);
	put_baseline(&t, v);
	for (i = 0; i < v->note_count; i++)
		fprintf(out, "note: %s\n", v->notes[i]);
	if (v->kept)
		fprintf(out, "recordings: %s; tidemark report tells all about them\n", v->kept);
	buf_free(&t.line);
}
