/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cmd/ps.h"

#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/util.h"

#define COMMAND_LEAST 16

static void cell(FILE *out, uint64_t bytes, bool known)
{
	fprintf(out, " %10s", known ? util_bytes((int64_t)bytes).text : "-");
}

static int head(const struct ps *ps, FILE *out)
{
	int width = fprintf(out, "%8s %10s %10s %10s %10s %10s", "pid", "RSS", "PSS", "USS", "swap",
			    "shared");

	if (ps->all)
		width += fprintf(out, " %10s %10s %10s %10s %10s", "virtual", "text", "data", "lib",
				 "dirty");
	width += fprintf(out, " %8s", "RSS/RAM");
	fputs("  command\n", out);
	return width + 2;
}

static void numbers(const struct ps *ps, const struct proc_memory *m, const struct proc_share *s,
		    bool known, FILE *out)
{
	cell(out, m->rss, true);
	cell(out, s->pss, known);
	cell(out, s->uss, known);
	cell(out, s->swap, known);
	cell(out, m->shared, true);
	if (ps->all) {
		cell(out, m->vms, true);
		cell(out, m->text, true);
		cell(out, m->data, true);
		cell(out, m->lib, true);
		cell(out, m->dirty, true);
	}
	fprintf(out, " %8s", util_percent((double)m->rss, (double)ps->machine_bytes).text);
}

/* On one line, and with nothing that a terminal would obey. */
static void add_shown(struct buf *b, const char *text)
{
	for (; *text; text++)
		buf_shown(b, *text);
}

static void command(const struct ps *ps, const struct process *p, int column, FILE *out)
{
	int indent = (int)p->node.depth * 2;
	int room = ps->columns ? (int)ps->columns - column - indent : 100000;
	struct buf shown = { 0 };

	add_shown(&shown, p->command);
	fprintf(out, "  %*s%.*s%s\n", indent, "", room > COMMAND_LEAST ? room : COMMAND_LEAST,
		buf_text(&shown), p->node.stat.state == 'Z' ? " (ended, not waited for)" : "");
	buf_free(&shown);
}

static void maps(const struct ps *ps, const struct process *p, FILE *out)
{
	const struct proc_map *m;
	size_t i;

	if (!p->maps.count)
		return;
	fprintf(out, "\n%8s %10s %10s %10s %10s %10s %8s  mapping\n", "", "RSS", "PSS", "private",
		"anonymous", "swap", "parts");
	for (i = 0; i < p->maps.count && i < ps->limit; i++) {
		m = &p->maps.list[i];
		fprintf(out, "%8s", "");
		cell(out, m->rss, true);
		cell(out, m->pss, true);
		cell(out, m->private_clean + m->private_dirty, true);
		cell(out, m->anonymous, true);
		cell(out, m->swap, true);
		fprintf(out, " %8" PRIu32 "  %s\n", m->mappings, m->path);
	}
	if (i < p->maps.count)
		fprintf(out, "%8s and %zu more; --limit shows more, JSON all\n", "",
			p->maps.count - i);
	fputc('\n', out);
}

static void sum(const struct ps *ps, FILE *out)
{
	struct proc_memory m = { .rss = 0 };
	struct proc_share s = { .pss = 0 };
	bool known = true;

	for (size_t i = 0; i < ps->count; i++) {
		const struct process *p = &ps->list[i];

		m.rss += p->memory.rss;
		m.shared += p->memory.shared;
		m.vms += p->memory.vms;
		m.text += p->memory.text;
		m.data += p->memory.data;
		s.pss += p->share.pss;
		s.uss += p->share.uss;
		s.swap += p->share.swap;
		known &= p->has_share;
	}
	fprintf(out, "%8s", "in all");
	numbers(ps, &m, &s, known, out);
	fprintf(out, "  %s processes; what they share counts once in PSS\n",
		util_count((int64_t)ps->count).text);
}

void ps_print_text(const struct ps *ps, FILE *out)
{
	int column = head(ps, out);

	for (size_t i = 0; i < ps->count; i++) {
		const struct process *p = &ps->list[i];

		fprintf(out, "%8d", (int)p->node.stat.pid);
		numbers(ps, &p->memory, &p->share, p->has_share, out);
		command(ps, p, column, out);
		maps(ps, p, out);
	}
	if (ps->left_out)
		fprintf(out, "%8s and %zu with less; --limit shows more\n", "", ps->left_out);
	if (ps->count > 1 && !ps->left_out)
		sum(ps, out);
}

static void put_shared(struct json *j, const char *key, bool known, uint64_t value)
{
	if (known)
		json_unsigned(j, key, value);
	else
		json_null(j, key);
}

static void put_map(struct json *j, const struct proc_map *m)
{
	json_lines(j, true);
	json_open(j, NULL, '{');
	json_lines(j, false);
	json_text(j, "path", m->path);
	json_unsigned(j, "rss", m->rss);
	json_unsigned(j, "size", m->size);
	json_unsigned(j, "pss", m->pss);
	json_unsigned(j, "shared_clean", m->shared_clean);
	json_unsigned(j, "shared_dirty", m->shared_dirty);
	json_unsigned(j, "private_clean", m->private_clean);
	json_unsigned(j, "private_dirty", m->private_dirty);
	json_unsigned(j, "referenced", m->referenced);
	json_unsigned(j, "anonymous", m->anonymous);
	json_unsigned(j, "swap", m->swap);
	json_unsigned(j, "mappings", m->mappings);
	json_close(j, '}');
}

static void put_process(struct json *j, const struct ps *ps, const struct process *p)
{
	const struct proc_memory *m = &p->memory;
	char state[2] = { p->node.stat.state, 0 };

	json_lines(j, true);
	json_open(j, NULL, '{');
	json_lines(j, false);
	json_unsigned(j, "pid", (uint64_t)p->node.stat.pid);
	json_unsigned(j, "parent_pid", (uint64_t)p->node.stat.parent);
	json_unsigned(j, "depth", p->node.depth);
	json_text(j, "name", p->node.stat.name);
	json_text(j, "command", p->command);
	json_text(j, "state", state);
	json_unsigned(j, "threads", p->node.stat.threads);
	json_unsigned(j, "rss", m->rss);
	json_unsigned(j, "vms", m->vms);
	json_unsigned(j, "shared", m->shared);
	json_unsigned(j, "text", m->text);
	json_unsigned(j, "lib", m->lib);
	json_unsigned(j, "data", m->data);
	json_unsigned(j, "dirty", m->dirty);
	put_shared(j, "uss", p->has_share, p->share.uss);
	put_shared(j, "pss", p->has_share, p->share.pss);
	put_shared(j, "swap", p->has_share, p->share.swap);
	if (ps->maps) {
		json_open(j, "maps", '[');
		for (size_t i = 0; i < p->maps.count; i++)
			put_map(j, &p->maps.list[i]);
		json_close(j, ']');
	}
	json_close(j, '}');
}

void ps_print_json(const struct ps *ps, FILE *out)
{
	struct json j;

	json_begin(&j, out);
	json_open(&j, NULL, '{');
	json_text(&j, "tidemark", PACKAGE_VERSION);
	json_unsigned(&j, "machine_bytes", ps->machine_bytes);
	json_lines(&j, true);
	json_open(&j, "processes", '[');
	for (size_t i = 0; i < ps->count; i++)
		put_process(&j, ps, &ps->list[i]);
	json_lines(&j, true);
	json_close(&j, ']');
	json_close(&j, '}');
	json_end(&j);
}
