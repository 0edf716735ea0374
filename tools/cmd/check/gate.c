/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cmd/check/gate.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "base/vec.h"
#include "cmd/check/compiled.h"
#include "cmd/cmd.h"
#include "run/recording.h"
#include "run/target.h"

static int out_of_memory(void)
{
	cmd_say("%s", strerror(ENOMEM));
	return EXIT_USAGE;
}

void gate_note(struct gate *g, const char *format, ...)
{
	char text[2048];
	va_list args;
	size_t i;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	for (i = 0; i < g->note_count; i++)
		if (!strcmp(g->notes[i], text))
			return;
	if (VEC_ROOM(g->notes, g->note_room, g->note_count + 1))
		return;
	g->notes[g->note_count] = arena_printf(&g->arena, "%s", text);
	g->note_count += g->notes[g->note_count] != NULL;
}

/* The renderer that is none: it judges the view. */
struct sink {
	struct render_context context;
	struct gate *gate;
	struct verdict_process *process;
};

static int judge_view(struct render_context *c, const struct view *v)
{
	struct sink *sink = (struct sink *)((char *)c - offsetof(struct sink, context));
	struct gate *g = sink->gate;
	const struct judge_options options = {
		.limits = &g->limits,
		.suppressions = &g->suppressions,
		.baseline = g->baseline_path ? &g->baseline : NULL,
		.root = g->root,
	};

	return judge(sink->process, v, &options, &g->arena);
}

static const struct render_ops judge_ops = { .name = "judge", .view = judge_view };

/* Names cost most of the time, and only those of what leaks are needed. */
static bool *leaking_frames(const struct model *m)
{
	bool *wanted = calloc(m->frame_count + 1, sizeof(*wanted));
	const struct model_site *site;
	uint32_t node;
	size_t i;
	int k;

	for (i = 0; wanted && i < m->site_count; i++) {
		site = &m->sites[i];
		for (k = 0; k < MODEL_LEAKS && !site->leaks.blocks[k]; k++)
			;
		for (node = k < MODEL_LEAKS ? site->node : 0; node; node = m->nodes[node].parent)
			wanted[m->nodes[node].frame] = true;
	}
	return wanted;
}

static const char *end_words(struct gate *g, const struct model *m)
{
	switch (m->state) {
	case MODEL_EXITED:
		return arena_printf(&g->arena, "exited with status %d", m->end_status & 255);
	case MODEL_EXECED:
		return "went on as another program";
	case MODEL_DIED:
		if (m->end_status)
			return arena_printf(&g->arena, "ended by signal %d (%s)", m->end_status,
					    strsignal(m->end_status));
		return "ended without a word";
	default:
		return show_alive(m) == VIEW_ALIVE ? "still running" : "ended without a word";
	}
}

static int leave_out(struct gate *g, const char *name)
{
	struct verdict *v = &g->verdict;
	size_t i;

	for (i = 0; i < v->left_out_count; i++) {
		if (!strcmp(v->left_out[i].name, name)) {
			v->left_out[i].count++;
			return EXIT_SUCCESS;
		}
	}
	if (VEC_ROOM(v->left_out, g->left_out_room, v->left_out_count + 1))
		return out_of_memory();
	v->left_out[v->left_out_count++] = (struct verdict_group){ name, 1 };
	return EXIT_SUCCESS;
}

/* Nothing was seen of it, which may mean that there was nothing, or that nobody looked. */
static void doubt(struct gate *g, struct verdict_process *p)
{
	struct target target;
	struct err e;

	if (p->calls || p->state == VERDICT_FAILED || target_inspect(&target, p->program, &e) ||
	    !target.own_malloc)
		return;
	p->state = VERDICT_UNMEASURED;
	p->why = "it has a malloc of its own linked in, so nothing of its heap was seen";
	gate_note(g,
		  "link %s with the C library's malloc for the test, or leave it out with "
		  "--skip",
		  p->name);
}

static void allow(struct gate *g, struct verdict_process *p, const struct select_process *s)
{
	size_t i;

	if (p->state != VERDICT_UNMEASURED || !select_fits(&g->allow_unmeasured, s, p->name))
		return;
	for (i = 0; i < p->rule_count; i++)
		if (p->rules[i].state == VERDICT_UNMEASURED)
			p->rules[i].state = VERDICT_LEFT_OUT;
	p->state = VERDICT_PASSED;
	gate_note(g, "%s (process %u): %s; allowed by --allow-unmeasured", p->name, p->pid, p->why);
	p->why = NULL;
}

static int judge_model(struct gate *g, const char *path, const struct model *m,
		       struct verdict_process *p, const struct select_process *s)
{
	struct sink sink = { .context = { .version = PACKAGE_VERSION }, .gate = g, .process = p };
	struct show_options how = g->show;
	bool *wanted = NULL;
	int status;

	if (g->compiled_in)
		compiled_heed(g, m);
	if (!limits_want_functions(&g->limits)) {
		wanted = leaking_frames(m);
		if (!wanted)
			return out_of_memory();
		how.symbolize.only = wanted;
	}
	status = show_model(path, m, &how, &judge_ops, &sink.context);
	free(wanted);
	if (status)
		return status;
	doubt(g, p);
	allow(g, p, s);
	g->leaks_known += p->leaks_known;
	return EXIT_SUCCESS;
}

static int add_process(struct gate *g, const char *path, const struct model *m,
		       const struct select_process *s, const char *name)
{
	struct verdict *v = &g->verdict;
	struct verdict_process *p;

	if (VEC_ROOM(v->processes, g->process_room, v->process_count + 1))
		return out_of_memory();
	p = &v->processes[v->process_count++];
	*p = (struct verdict_process){
		.program = arena_printf(&g->arena, "%s", m->program),
		.name = name,
		.command = select_command(s, &g->arena),
		.recording = arena_printf(&g->arena, "%s", path),
		.end = end_words(g, m),
		.pid = m->pid,
	};
	if (g->arena.failed)
		return out_of_memory();
	return judge_model(g, path, m, p, s);
}

int gate_judge(struct gate *g, const char *path, bool given)
{
	struct select_process s;
	struct model m;
	const char *name;
	int status = show_load(path, &m);

	if (status) {
		g->unreadable += status == EXIT_UNREADABLE;
		return status;
	}
	s = (struct select_process){ m.program, m.args, m.arg_count };
	name = select_name(&s, &g->arena);
	if (!name || !select_first(&g->select, &s, m.cwd))
		status = out_of_memory();
	else if (select_wants(&g->select, &s, name) ||
		 (given && !g->select.only.count && !select_fits(&g->select.skip, &s, name)))
		status = add_process(g, path, &m, &s, name);
	else
		status = leave_out(g, name);
	model_free(&m);
	return status;
}

struct started {
	const char *path;
	uint64_t unix_ns;
	bool execed;
};

static int by_start(const void *one, const void *two)
{
	const struct started *a = one, *b = two;

	if (a->unix_ns != b->unix_ns)
		return a->unix_ns < b->unix_ns ? -1 : 1;
	/* The clock may tick only every 4 ms: what another came after came first. */
	if (a->execed != b->execed)
		return a->execed ? -1 : 1;
	return strcmp(a->path, b->path);
}

int gate_judge_all(struct gate *g, char *const *paths, size_t count, bool given)
{
	struct started *list = calloc(count + 1, sizeof(*list));
	struct recording *r = malloc(sizeof(*r));
	int status = EXIT_SUCCESS, this;
	size_t i;

	for (i = 0; list && r && i < count; i++) {
		list[i] = (struct started){ .path = paths[i], .unix_ns = UINT64_MAX };
		if (recording_read(r, paths[i]))
			continue;
		list[i].unix_ns = r->header.start_unix_ns;
		list[i].execed = r->header.state == TIDE_EXECED;
	}
	if (!list || !r)
		status = out_of_memory();
	else if (count)
		qsort(list, count, sizeof(*list), by_start);
	for (i = 0; list && r && i < count; i++) {
		this = gate_judge(g, list[i].path, given);
		status = this ? this : status;
	}
	free(r);
	free(list);
	return status;
}

void gate_free(struct gate *g)
{
	size_t i;

	for (i = 0; i < g->heeded_count; i++)
		free(g->heeded[i]);
	free(g->heeded);
	free(g->notes);
	free(g->verdict.processes);
	free(g->verdict.left_out);
	limits_free(&g->limits);
	suppress_free(&g->suppressions);
	baseline_free(&g->baseline);
	select_free(&g->select);
	arena_free(&g->arena);
}
