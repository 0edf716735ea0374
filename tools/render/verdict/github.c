/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A verdict as GitHub Actions shows it: commands on standard output, which become annotations of
 * files and lines, and a page of Markdown.
 */
#include <string.h>

#include "base/util.h"
#include "render/verdict/render.h"
#include "render/verdict/words.h"

/* The runner shows ten errors of a step and drops the rest; one is kept for what remains. */
#define ANNOTATIONS_MOST 10

/* The page takes a megabyte. */
#define PAGE_MOST_BYTES 900000
#define PAGE_LEAKS_MOST 20

struct github {
	FILE *out;
	size_t written;
	size_t withheld;
	struct buf text;
};

static void put_escaped(FILE *out, const char *text, bool property)
{
	for (; *text; text++) {
		if (*text == '%' || *text == '\r' || *text == '\n' ||
		    (property && (*text == ':' || *text == ',')))
			fprintf(out, "%%%02X", (unsigned char)*text);
		else
			putc(*text, out);
	}
}

static void annotate(struct github *g, const struct verdict_frame *where, const char *title,
		     const char *message)
{
	if (g->written + 1 >= ANNOTATIONS_MOST) {
		g->withheld++;
		return;
	}
	g->written++;
	fputs("::error ", g->out);
	if (where && where->inside) {
		fputs("file=", g->out);
		put_escaped(g->out, where->file, true);
		fprintf(g->out, ",line=%u,", where->line);
	}
	fputs("title=", g->out);
	put_escaped(g->out, title, true);
	fputs("::", g->out);
	put_escaped(g->out, message, false);
	putc('\n', g->out);
}

static bool is_bad(const struct verdict_process *p)
{
	return p->state == VERDICT_FAILED || p->state == VERDICT_UNMEASURED;
}

static void annotate_leaks(struct github *g, const struct verdict_process *p)
{
	const struct verdict_leak *leak;
	struct buf title = { 0 };
	size_t i;

	for (i = 0; i < p->leak_count; i++) {
		leak = &p->leaks[i];
		if (!leak->fails)
			continue;
		buf_reset(&title);
		buf_reset(&g->text);
		words_amount(&leak->found[leak->worst], words_lost[leak->worst], &title);
		buf_puts(&g->text, "in ");
		words_process(p, &g->text);
		buf_puts(&g->text, "\n");
		words_stack(leak, "  ", &g->text);
		annotate(g, leak->where, buf_text(&title), buf_text(&g->text));
	}
	buf_free(&title);
}

/* A limit that leaks exceed has been told with them. */
static void annotate_rules(struct github *g, const struct verdict_process *p)
{
	struct buf title = { 0 };
	size_t i;

	buf_reset(&g->text);
	words_process(p, &g->text);
	for (i = 0; i < p->rule_count; i++) {
		if (p->rules[i].state != VERDICT_FAILED || p->rules[i].leak_class >= 0)
			continue;
		buf_reset(&title);
		words_rule(&p->rules[i], &title);
		annotate(g, NULL, buf_text(&title), buf_text(&g->text));
	}
	if (p->why)
		annotate(g, NULL, p->why, buf_text(&g->text));
	buf_free(&title);
}

void verdict_github(FILE *out, const struct verdict *v)
{
	struct github g = { .out = out };
	size_t i;

	/* A command counts at the start of a line only, and the program may not have ended its. */
	putc('\n', out);
	for (i = 0; i < v->process_count; i++) {
		if (!is_bad(&v->processes[i]))
			continue;
		annotate_leaks(&g, &v->processes[i]);
		annotate_rules(&g, &v->processes[i]);
	}
	buf_reset(&g.text);
	words_verdict(v, &g.text);
	if (g.withheld)
		buf_printf(&g.text, "; %zu findings more are on the page of the job", g.withheld);
	fprintf(out,
		"::%s title=tidemark check::", v->state == VERDICT_PASSED ? "notice" : "error");
	put_escaped(out, buf_text(&g.text), false);
	putc('\n', out);
	buf_free(&g.text);
}

/* In a table a line is a row and a bar ends a cell. */
static void add_cell(struct buf *out, const char *text)
{
	for (; *text; text++) {
		if (strchr("|\\`*_<>[]", *text))
			buf_add(out, "\\", 1);
		buf_add(out, *text == '\n' ? " " : text, 1);
	}
}

static void add_rules(struct buf *out, const struct verdict_process *p)
{
	struct buf words = { 0 };
	size_t i;

	for (i = 0; i < p->rule_count; i++) {
		if (p->rules[i].state != VERDICT_FAILED)
			continue;
		buf_reset(&words);
		words_rule(&p->rules[i], &words);
		buf_puts(out, "| ");
		add_cell(out, p->command);
		buf_puts(out, " | ");
		add_cell(out, buf_text(&words));
		buf_puts(out, " |\n");
	}
	if (p->why) {
		buf_puts(out, "| ");
		add_cell(out, p->command);
		buf_puts(out, " | ");
		add_cell(out, p->why);
		buf_puts(out, " |\n");
	}
	buf_free(&words);
}

static void add_leaks(struct buf *out, const struct verdict_process *p)
{
	size_t shown = 0, i;

	for (i = 0; i < p->leak_count && shown < PAGE_LEAKS_MOST; i++) {
		if (!p->leaks[i].fails || out->bytes > PAGE_MOST_BYTES)
			continue;
		shown++;
		buf_puts(out, "\n");
		words_leak(&p->leaks[i], out);
		buf_puts(out, ", in ");
		add_cell(out, p->command);
		buf_puts(out, "\n\n");
		words_stack(&p->leaks[i], "    ", out);
	}
}

void verdict_markdown(FILE *out, const struct verdict *v)
{
	struct buf text = { 0 };
	size_t i, bad = 0;

	buf_printf(&text, "### tidemark check: %s\n\n", words_states[v->state]);
	words_verdict(v, &text);
	buf_puts(&text, "\n");
	for (i = 0; i < v->process_count && text.bytes < PAGE_MOST_BYTES; i++) {
		if (!is_bad(&v->processes[i]))
			continue;
		if (!bad++)
			buf_puts(&text, "\n| process | |\n|---|---|\n");
		add_rules(&text, &v->processes[i]);
	}
	for (i = 0; i < v->process_count && text.bytes < PAGE_MOST_BYTES; i++)
		if (is_bad(&v->processes[i]))
			add_leaks(&text, &v->processes[i]);
	for (i = 0; i < v->unused_count && text.bytes < PAGE_MOST_BYTES; i++)
		buf_printf(&text, "%sunused suppression %s:%u `%s`\n", i ? "" : "\n",
			   v->unused[i].file, v->unused[i].line, v->unused[i].name);
	buf_puts(&text, "\n");
	fputs(buf_text(&text), out);
	buf_free(&text);
}
