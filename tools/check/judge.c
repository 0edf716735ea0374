/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check/judge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "check/leaks.h"

_Static_assert((int)LIMIT_LEAKS == (int)VERDICT_CLASSES, "the leak classes come first");

struct judgement {
	struct verdict_process *process;
	const struct view *view;
	const struct judge_options *options;
	struct arena *arena;
	const char *no_leaks; /* why leaks are not known, a clause; NULL: they are */
};

static bool has_flag(const char *const *flags, size_t count, const char *name)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!strcmp(flags[i], name))
			return true;
	return false;
}

static uint64_t drop_of(const struct view_facts *f, const char *name)
{
	size_t i;

	for (i = 0; i < f->drop_count; i++)
		if (!strcmp(f->drops[i].name, name))
			return f->drops[i].value;
	return 0;
}

/* Blocks that are not in the books cannot be found lost. */
static const char *why_no_leaks(const struct view_facts *f, struct arena *arena)
{
	if (!f->leaks)
		return f->scan.why ? f->scan.why : "no leak scan has run";
	if (f->scan.on_demand)
		return arena_printf(arena,
				    "the last search was made on demand at %s, and none at the end",
				    util_duration(f->scan.us).text);
	if (f->sample_bytes)
		return "only a sample was recorded, so leaks may have been missed";
	if (f->paused_us)
		return "recording was off for a while, so leaks may have been missed";
	if (has_flag(f->scan.flags, f->scan.flag_count, "loose") || drop_of(f, "no_memory") ||
	    drop_of(f, "blocks_full") || drop_of(f, "no_space") || drop_of(f, "locked_down"))
		return "blocks are missing from the books, so leaks may have been missed";
	if (f->scan.since_ms)
		return "the last search looked at newer blocks alone";
	return NULL;
}

/* What to do about it; NULL where the reason says all there is. */
static const char *remedy(const struct view_facts *f)
{
	if (!f->scan.state)
		return NULL;
	if (!strcmp(f->scan.state, "none") || !strcmp(f->scan.state, "running") ||
	    (f->leaks && f->scan.on_demand))
		return "a process that ends by a signal or by exec has not been searched for "
		       "leaks; where that is meant to be, --allow-unmeasured GLOB";
	if (!strcmp(f->scan.state, "off"))
		return "recordings with --no-leaks (TIDEMARK_LEAKS=0) cannot be judged on leaks: "
		       "leave it out, or limit something else, with --max-definite none";
	if (f->sample_bytes)
		return "sampled recordings cannot be judged on leaks: leave out --sample, or limit "
		       "something else, with --max-definite none";
	if (f->paused_us)
		return "recordings with gaps cannot be judged on leaks: leave out --start-after "
		       "and tidemark off, or limit something else, with --max-definite none";
	return NULL;
}

static uint64_t positive(int64_t value)
{
	return value > 0 ? (uint64_t)value : 0;
}

static void fill_numbers(struct judgement *j)
{
	const struct view_facts *f = &j->view->facts;
	struct verdict_process *p = j->process;

	p->peak_bytes = positive(f->peak_bytes);
	p->live_bytes = positive(f->sum.live_bytes);
	p->total_bytes = f->sum.total_bytes;
	p->calls = f->sum.calls;
	p->duration_us = f->duration_us;
	p->start_unix_ns = f->start_unix_ns;
	j->no_leaks = why_no_leaks(f, j->arena);
	p->leaks_known = !j->no_leaks;
}

static struct verdict_rule *add_rule(struct verdict_process *p, enum limit_what what)
{
	struct verdict_rule *rule = &p->rules[p->rule_count++];

	*rule = (struct verdict_rule){
		.title = limits_title(what),
		.leak_class = what < LIMIT_LEAKS ? (int)what : -1,
		.is_bytes = what != LIMIT_CALLS,
	};
	return rule;
}

/* A limit of nothing means nothing: a lost block of no bytes is one too many. */
static void settle(struct judgement *j, struct verdict_rule *rule)
{
	bool over = rule->value > rule->most || (!rule->most && rule->blocks);

	rule->state = over ? VERDICT_FAILED : VERDICT_PASSED;
	if (rule->leak_class < 0 || !j->no_leaks)
		return;
	/* What went on as another program had its memory taken away, not lost. */
	rule->state = !strcmp(j->view->facts.state, "execed") ? VERDICT_LEFT_OUT
							      : VERDICT_UNMEASURED;
}

static uint64_t value_of(const struct verdict_process *p, enum limit_what what)
{
	switch (what) {
	case LIMIT_PEAK:
		return p->peak_bytes;
	case LIMIT_LIVE:
		return p->live_bytes;
	case LIMIT_TOTAL:
		return p->total_bytes;
	case LIMIT_CALLS:
		return p->calls;
	default:
		return positive(p->found[what].bytes - p->excused[what].bytes);
	}
}

static void apply(struct judgement *j, const struct limit *limit)
{
	struct verdict_process *p = j->process;
	struct verdict_rule *rule = add_rule(p, limit->what);

	rule->name = arena_printf(j->arena, "max-%s", limits_name(limit->what));
	rule->value = value_of(p, limit->what);
	rule->most = limit->most;
	if (rule->leak_class >= 0)
		rule->blocks =
			positive(p->found[limit->what].blocks - p->excused[limit->what].blocks);
	settle(j, rule);
}

/* Whether one of the site's frames is one that the limit is for; frames of the view as bytes. */
static bool site_fits(const struct view *v, const struct view_site *site, const bool *fits)
{
	uint32_t i;

	for (i = 0; i < site->count; i++)
		if (fits[v->stack[site->first + i]])
			return true;
	return false;
}

static void add_site(struct verdict_rule *rule, enum limit_what what, const struct view_sums *s)
{
	switch (what) {
	case LIMIT_PEAK:
		rule->value += positive(s->at_peak_bytes);
		break;
	case LIMIT_LIVE:
		rule->value += positive(s->live_bytes);
		break;
	case LIMIT_TOTAL:
		rule->value += s->total_bytes;
		break;
	default:
		rule->value += s->calls;
		break;
	}
}

static void add_leaks(const struct judgement *j, struct verdict_rule *rule, const bool *fits)
{
	const struct verdict_process *p = j->process;
	struct verdict_amount left;
	size_t i;

	for (i = 0; i < p->leak_count; i++) {
		if (!site_fits(j->view, &j->view->sites[p->leaks[i].site], fits))
			continue;
		left = leaks_left(&p->leaks[i], (unsigned)rule->leak_class);
		rule->value += positive(left.bytes);
		rule->blocks += positive(left.blocks);
	}
}

static int apply_to_functions(struct judgement *j, struct limit *limit)
{
	const struct view *v = j->view;
	struct verdict_rule *rule = add_rule(j->process, limit->what);
	bool *fits = calloc(v->frame_count + 1, sizeof(*fits));
	size_t i;

	if (!fits)
		return -ENOMEM;
	rule->name = "limit";
	rule->subject = limit->function;
	rule->most = limit->most;
	for (i = 0; i < v->frame_count; i++) {
		fits[i] = limits_fit(limit, &v->frames[i]);
		limit->met |= fits[i];
	}
	if (rule->leak_class >= 0)
		add_leaks(j, rule, fits);
	for (i = 0; i < v->site_count && rule->leak_class < 0; i++)
		if (site_fits(v, &v->sites[i], fits))
			add_site(rule, limit->what, &v->sites[i].sums);
	free(fits);
	settle(j, rule);
	return 0;
}

static void apply_growth(struct judgement *j, enum limit_what what, uint64_t before)
{
	uint64_t noise = what == LIMIT_CALLS ? JUDGE_NOISE_CALLS : JUDGE_NOISE_BYTES;
	struct verdict_rule *rule = add_rule(j->process, what);
	double allowed = (double)before * j->options->limits->growth;

	rule->name = "max-growth";
	rule->subject = limits_name(what);
	rule->value = value_of(j->process, what);
	rule->most = before + (allowed > (double)noise ? (uint64_t)allowed : noise);
	rule->why = arena_printf(j->arena, "%s in the baseline",
				 what == LIMIT_CALLS ? util_count((int64_t)before).text
						     : util_bytes((int64_t)before).text);
	settle(j, rule);
}

static void judge_growth(struct judgement *j)
{
	struct verdict_process *p = j->process;
	const struct judge_options *o = j->options;
	const struct baseline_program *before;

	if (!o->baseline || o->limits->growth < 0)
		return;
	before = baseline_program(o->baseline, p->name, p->command);
	if (!before) {
		p->new_to_baseline = true;
		return;
	}
	apply_growth(j, LIMIT_PEAK, before->peak_bytes);
	apply_growth(j, LIMIT_LIVE, before->live_bytes);
	apply_growth(j, LIMIT_TOTAL, before->total_bytes);
	apply_growth(j, LIMIT_CALLS, before->calls);
}

/* The leaks by which a limit is exceeded. */
static void blame(struct judgement *j, const struct verdict_rule *rule, const struct limit *limit)
{
	struct verdict_process *p = j->process;
	const struct view *v = j->view;
	struct verdict_amount left;
	const struct view_site *site;
	uint32_t k;
	size_t i;
	bool fits;

	if (rule->state != VERDICT_FAILED || rule->leak_class < 0)
		return;
	for (i = 0; i < p->leak_count; i++) {
		site = &v->sites[p->leaks[i].site];
		left = leaks_left(&p->leaks[i], (unsigned)rule->leak_class);
		fits = !limit->function;
		for (k = 0; k < site->count && !fits; k++)
			fits = limits_fit(limit, &v->frames[v->stack[site->first + k]]);
		if (fits && (left.bytes || left.blocks))
			leaks_fail(&p->leaks[i], (unsigned)rule->leak_class);
	}
}

static int judge_limits(struct judgement *j)
{
	struct limits *l = j->options->limits;
	size_t first, i;
	int err = 0;

	/* Four more for growth. */
	j->process->rules = arena_take(j->arena, l->count + 4, sizeof(*j->process->rules));
	if (!j->process->rules)
		return -ENOMEM;
	for (i = 0; i < l->count && !err; i++) {
		first = j->process->rule_count;
		if (l->list[i].function)
			err = apply_to_functions(j, &l->list[i]);
		else
			apply(j, &l->list[i]);
		if (!err)
			blame(j, &j->process->rules[first], &l->list[i]);
	}
	if (!err)
		judge_growth(j);
	return err;
}

static void conclude(struct judgement *j)
{
	struct verdict_process *p = j->process;
	bool failed = false, unmeasured = false;
	size_t i;

	for (i = 0; i < p->rule_count; i++) {
		failed |= p->rules[i].state == VERDICT_FAILED;
		unmeasured |= p->rules[i].state == VERDICT_UNMEASURED;
	}
	if (unmeasured) {
		p->why = arena_printf(j->arena, "no leaks are known: %s", j->no_leaks);
		p->remedy = remedy(&j->view->facts);
	}
	p->state = failed ? VERDICT_FAILED : unmeasured ? VERDICT_UNMEASURED : VERDICT_PASSED;
}

int judge(struct verdict_process *p, const struct view *v, const struct judge_options *o,
	  struct arena *arena)
{
	struct judgement j = { .process = p, .view = v, .options = o, .arena = arena };
	int err;

	fill_numbers(&j);
	err = leaks_gather(p, v, o, arena);
	if (!err)
		err = judge_limits(&j);
	if (err)
		return err;
	conclude(&j);
	leaks_sort(p);
	return arena->failed ? -ENOMEM : 0;
}
