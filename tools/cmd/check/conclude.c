/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gate_conclude() and gate_accept(): from processes to the verdict on all of them. */
#include <stdlib.h>
#include <string.h>

#include "cmd/check/gate.h"
#include "cmd/cmd.h"

static void count(struct gate *g)
{
	struct verdict *v = &g->verdict;
	size_t i;
	int k;

	v->judged = v->failed = 0;
	v->unmeasured = g->running;
	v->suppressed = (struct verdict_amount){ 0 };
	for (i = 0; i < v->process_count; i++) {
		v->judged++;
		v->failed += v->processes[i].state == VERDICT_FAILED;
		v->unmeasured += v->processes[i].state == VERDICT_UNMEASURED;
		for (k = 0; k < VERDICT_CLASSES; k++) {
			v->suppressed.bytes += v->processes[i].suppressed[k].bytes;
			v->suppressed.blocks += v->processes[i].suppressed[k].blocks;
		}
		if (v->processes[i].new_to_baseline)
			gate_note(g, "%s is new to the baseline: its growth is not judged",
				  v->processes[i].name);
	}
}

/* Entries that did something, and entries that somebody wrote for nothing. */
static int list_suppressions(struct gate *g)
{
	struct verdict *v = &g->verdict;
	const struct suppression *s;
	struct verdict_suppression one;
	size_t i;

	v->used = arena_take(&g->arena, g->suppressions.count + 1, sizeof(*v->used));
	v->unused = arena_take(&g->arena, g->suppressions.count + 1, sizeof(*v->unused));
	v->used_count = v->unused_count = 0;
	if (!v->used || !v->unused)
		return EXIT_USAGE;
	for (i = 0; i < g->suppressions.count; i++) {
		s = &g->suppressions.list[i];
		one = (struct verdict_suppression){ s->name,  s->file,	 s->reason, s->line,
						    s->leaks, s->blocks, s->bytes };
		if (s->leaks)
			v->used[v->used_count++] = one;
		else if (!s->optional)
			v->unused[v->unused_count++] = one;
	}
	return EXIT_SUCCESS;
}

/* A limit on a function that nobody has met is a misspelled one. */
static bool all_met(struct gate *g)
{
	bool met = true;
	size_t i;

	for (i = 0; i < g->limits.count; i++) {
		if (!g->limits.list[i].function || g->limits.list[i].met)
			continue;
		met = false;
		gate_note(g,
			  "--limit '%s:%s=…' was applied to nothing: no such function, file or "
			  "module is on any stack",
			  g->limits.list[i].function, limits_name(g->limits.list[i].what));
	}
	return met;
}

static bool is_measured(struct gate *g)
{
	const struct verdict *v = &g->verdict;
	bool measured = all_met(g);
	size_t i;

	if (!v->judged) {
		if (v->left_out_count)
			gate_note(g,
				  "judged are %s, and none of them ran; name the programs with "
				  "--only GLOB, or take --all-programs",
				  v->selection);
		else if (!g->unreadable && v->program)
			gate_note(g,
				  "nothing was recorded: was the library kept from the program?");
		return false;
	}
	for (i = 0; i < v->process_count; i++)
		if (v->processes[i].state == VERDICT_UNMEASURED && v->processes[i].remedy)
			gate_note(g, "%s", v->processes[i].remedy);
	if (!v->unmeasured && limits_want_leaks(&g->limits) && !g->leaks_known) {
		gate_note(g, "no process was searched for leaks, though leaks are limited");
		measured = false;
	}
	return measured && !v->unmeasured;
}

int gate_conclude(struct gate *g)
{
	struct verdict *v = &g->verdict;
	bool measured;

	v->version = PACKAGE_VERSION;
	v->root = g->root;
	v->selection = select_words(&g->select, &g->arena);
	count(g);
	measured = is_measured(g);
	v->state = v->failed ? VERDICT_FAILED : measured ? VERDICT_PASSED : VERDICT_UNMEASURED;
	v->baseline = g->baseline_path;
	v->healed = g->baseline_path ? baseline_healed(&g->baseline) : 0;
	v->notes = g->notes;
	v->note_count = g->note_count;
	if (!v->selection || list_suppressions(g))
		return EXIT_USAGE;
	v->notes = g->notes;
	v->note_count = g->note_count;
	return EXIT_SUCCESS;
}

static void accept_process(struct verdict_process *p)
{
	bool failed = false, unmeasured = false;
	size_t i;

	for (i = 0; i < p->leak_count; i++) {
		memcpy(p->leaks[i].excused, p->leaks[i].found, sizeof(p->leaks[i].found));
		p->leaks[i].fails = false;
	}
	memcpy(p->excused, p->found, sizeof(p->found));
	for (i = 0; i < p->rule_count; i++) {
		if (p->rules[i].leak_class >= 0 && p->rules[i].state == VERDICT_FAILED) {
			p->rules[i].value = p->rules[i].blocks = 0;
			p->rules[i].state = VERDICT_PASSED;
		} else if (!strcmp(p->rules[i].name, "max-growth")) {
			p->rules[i].state = VERDICT_LEFT_OUT;
		}
		failed |= p->rules[i].state == VERDICT_FAILED;
		unmeasured |= p->rules[i].state == VERDICT_UNMEASURED;
	}
	p->state = failed ? VERDICT_FAILED : unmeasured ? VERDICT_UNMEASURED : VERDICT_PASSED;
}

int gate_accept(struct gate *g)
{
	struct verdict *v = &g->verdict;
	size_t i;

	baseline_free(&g->baseline);
	for (i = 0; i < v->process_count; i++) {
		if (baseline_add(&g->baseline, &v->processes[i],
				 limits_have(&g->limits, LIMIT_REACHABLE)))
			return EXIT_USAGE;
		if (v->processes[i].state != VERDICT_UNMEASURED)
			accept_process(&v->processes[i]);
		v->processes[i].new_to_baseline = false;
	}
	baseline_settle(&g->baseline);
	return EXIT_SUCCESS;
}
