/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "analyze/advice/kinds.h"

#include <stdio.h>
#include <string.h>

#include "analyze/advice/copies.h"
#include "analyze/advice/held.h"
#include "analyze/advice/words.h"
#include "base/util.h"

#define WORTH_BYTES	  (512 << 10) /* less is nothing to speak of */
#define WORTH_MOST	  (4 << 20)   /* where it may well be as it should be */
#define WORTH_OF_PEAK	  0.02
#define WORTH_HELD	  0.10 /* programs do hold what they work on */
#define WORTH_UNTOUCHED	  0.05 /* it takes no memory */
#define WORTH_OF_CALLS	  0.05
#define WORTH_OF_TOTAL	  0.05
#define SURELY_COPY_BYTES (1 << 20) /* a smaller one may be a buffer of the copying function */

#define CHURN_LEAST	   10000 /* small blocks */
#define CHURN_LARGE_LEAST  64	 /* large ones */
#define CHURN_TIMES	   32	 /* the most at one time, so often */
#define CHURN_PYTHON_BYTES 512	 /* smaller ones are the interpreter's objects: no way around */

#define LAST_US	      20000  /* at least, of the run: its end */
#define HELD_LEAST_US 100000 /* of a shorter run hardly more is told than that it ended */

#define GROWN_LEAST 100
#define GROWN_STEPS 16	 /* of each block */
#define GROWN_MOST  1.10 /* a factor above is growth as it should be */

#define GROWS_LEAST_US 1000000 /* a shorter run says little about what goes on growing */
#define GROWS_CALLS    32
#define GROWS_PARTS    4 /* of the run; in each at least so much of the whole: */
#define GROWS_PART     0.10

static double ratio(double part, double whole)
{
	return whole > 0 && part > 0 ? part / whole : 0;
}

static double of_peak(const struct kinds *k, double bytes)
{
	return ratio(bytes, (double)k->a->view.facts.peak_bytes);
}

static double mean_bytes(const struct view_sums *s)
{
	return ratio((double)s->total_bytes, (double)s->calls);
}

/* Small ones, too, are some. */
static struct util_text percent_of(double part)
{
	struct util_text t = util_percent(part, 1);

	if (part < 0.0005)
		strcpy(t.text, "less than 0.1 %");
	return t;
}

static struct util_text mean_text(const struct view_sums *s)
{
	return util_bytes((int64_t)(s->calls ? s->total_bytes / s->calls : 0));
}

/* "load.py:10" */
static const char *name_of(const struct kinds *k, uint32_t model_site)
{
	const struct analysis *a = k->a;
	const struct view_frame *f;

	if (model_site >= k->m->site_count || !a->ids[model_site])
		return NULL;
	f = places_frame(&a->view, k->places->frames, &a->view.sites[a->ids[model_site] - 1]);
	if (!f || (f->line == k->place->frame->line && f->file == k->place->frame->file && f->line))
		return "the same line";
	if (f->file && f->line)
		return arena_printf(&k->a->arena, "%s:%u", util_basename(f->file), f->line);
	return f->function;
}

/* The name alone, without what stands in <> and (). */
static const char *short_name(const struct kinds *k, const struct view_frame *f)
{
	char name[128];
	size_t bytes = 0;
	const char *at;
	int depth = 0;

	for (at = f->function; *at && (depth || *at != '(') && bytes + 8 < sizeof(name); at++) {
		if (*at == '<' && depth++ == 0)
			bytes += (size_t)sprintf(name + bytes, "<...>");
		else if (*at == '>')
			depth -= depth > 0;
		else if (!depth)
			name[bytes++] = *at;
	}
	name[bytes] = 0;
	return arena_printf(&k->a->arena, "%s()", name);
}

static bool prove_copy(const struct kinds *k, struct view_advice *to)
{
	const struct place *p = k->place;
	const char *original = name_of(k, p->original_site);
	int64_t at_peak_bytes = p->copied_at_peak_bytes;
	double peak, total;

	if (!p->copies || !original)
		return false;
	if (p->copier && !p->copier->python && copies_kind(p->copier) == COPIES_BY_NAME &&
	    p->copied_bytes / p->copies < SURELY_COPY_BYTES)
		return false;
	if (at_peak_bytes > (int64_t)p->copied_bytes)
		at_peak_bytes = (int64_t)p->copied_bytes;
	peak = at_peak_bytes >= WORTH_BYTES ? of_peak(k, (double)at_peak_bytes) : 0;
	total = ratio((double)p->copied_bytes, (double)k->a->view.facts.sum.total_bytes);
	if (peak < WORTH_OF_PEAK && (total < WORTH_OF_TOTAL || p->copies < CHURN_LARGE_LEAST))
		return false;
	to->in_source = !p->copier;
	to->share = peak >= total / 2 ? peak : total / 2;
	to->bytes = peak >= WORTH_OF_PEAK ? at_peak_bytes : (int64_t)p->copied_bytes;
	to->evidence = arena_printf(
		&k->a->arena,
		"%s %s of %s%s%s, while a block as large, from %s, was live; %s at the peak",
		util_count((int64_t)p->copies).text, p->copies == 1 ? "copy" : "copies",
		util_bytes((int64_t)(p->copied_bytes / p->copies)).text,
		p->copier ? " made by " : "", p->copier ? short_name(k, p->copier) : "", original,
		at_peak_bytes > 0 ? util_bytes(at_peak_bytes).text : "none of it");
	return true;
}

static bool prove_growth(const struct kinds *k, struct view_advice *to)
{
	const struct model_waste *w = &k->place->waste;
	const struct view_sums *all = &k->a->view.facts.sum;
	uint64_t blocks = w->grown > w->grown_again ? w->grown - w->grown_again : 1;
	double factor = ratio((double)w->grown_to_bytes, (double)w->grown_from_bytes);
	double calls = ratio((double)w->grown, (double)all->calls);
	double bytes = ratio((double)w->grown_to_bytes, (double)all->total_bytes);

	if (w->grown < GROWN_LEAST || w->grown / blocks < GROWN_STEPS || factor > GROWN_MOST)
		return false;
	if ((calls < WORTH_OF_CALLS || w->grown < CHURN_LEAST) &&
	    (bytes < WORTH_OF_TOTAL || k->place->sums.own_peak_bytes < WORTH_BYTES))
		return false;
	to->share = (calls > bytes ? calls : bytes) / 2;
	to->bytes = (int64_t)w->moved_bytes;
	to->evidence = arena_printf(&k->a->arena,
				    "%s grown %s by realloc, by %s each time; %s moved to another "
				    "place on the way",
				    util_counted((int64_t)blocks, "block").text,
				    util_counted((int64_t)w->grown, "time").text,
				    percent_of(factor - 1).text,
				    util_bytes((int64_t)w->moved_bytes).text);
	return true;
}

static bool prove_small_churn(const struct kinds *k, struct view_advice *to)
{
	const struct view_sums *s = &k->place->sums;
	double calls = ratio((double)s->temporaries, (double)k->a->view.facts.sum.calls);

	if (s->temporaries < CHURN_LEAST || s->temporaries < s->calls / 2 || calls < WORTH_OF_CALLS)
		return false;
	if (k->place->frame->python && mean_bytes(s) < CHURN_PYTHON_BYTES)
		return false;
	to->share = calls / 2;
	to->bytes = (int64_t)s->total_bytes;
	to->evidence = arena_printf(
		&k->a->arena,
		"%s of %s blocks freed before the next allocation, %s of all calls; "
		"%s each on average",
		util_count((int64_t)s->temporaries).text, util_count((int64_t)s->calls).text,
		util_percent(calls, 1).text, mean_text(s).text);
	return true;
}

static bool prove_large_churn(const struct kinds *k, struct view_advice *to)
{
	const struct view_sums *s = &k->place->large;
	double total = ratio((double)s->total_bytes, (double)k->a->view.facts.sum.total_bytes);

	if (s->calls < CHURN_LARGE_LEAST || total < WORTH_OF_TOTAL || s->own_peak_bytes < 0 ||
	    s->total_bytes / CHURN_TIMES < (uint64_t)s->own_peak_bytes)
		return false;
	to->share = total / 2;
	to->bytes = (int64_t)s->total_bytes;
	to->evidence = arena_printf(
		&k->a->arena,
		"%s blocks of %s one after the other, %s in all, never more than %s at a time",
		util_count((int64_t)s->calls).text, mean_text(s).text,
		util_bytes((int64_t)s->total_bytes).text, util_bytes(s->own_peak_bytes).text);
	return true;
}

/* What grows by realloc makes no new blocks: that is the other kind. */
static bool prove_churn(const struct kinds *k, struct view_advice *to)
{
	if (k->place->waste.grown > k->place->sums.calls / 2)
		return false;
	return prove_small_churn(k, to) || prove_large_churn(k, to);
}

/* When the program itself had ended: what comes after is the leak scan. */
static uint64_t end_us(const struct kinds *k)
{
	const struct model_scan *scan = &k->m->scan;

	if (scan->state == MODEL_SCAN_DONE && !(scan->flags & MODEL_SCAN_ON_DEMAND))
		return scan->us;
	return k->m->duration_us;
}

/* How long before the end counts as the end: what is freed then had no time to be of use. */
static uint64_t last_us(uint64_t end)
{
	return end / 20 > LAST_US ? end / 20 : LAST_US;
}

/* None of it was freed before the last moments, if at all. */
static bool is_held_to_the_end(const struct kinds *k)
{
	const struct place *p = k->place;
	uint64_t end = end_us(k);

	if (k->m->state == MODEL_RUNNING)
		return false;
	if (!p->waste.freed_ms)
		return p->large.live_bytes >= p->large.at_peak_bytes / 10 * 9;
	return p->waste.freed_ms * (uint64_t)1000 + last_us(end) >= end;
}

/* Whole before the peak, and there until the end, while the rest came on top. */
static bool prove_held(const struct kinds *k, struct view_advice *to)
{
	const struct view_sums *s = &k->place->large;
	const struct view_facts *f = &k->a->view.facts;
	uint64_t whole_us = (k->place->last_ms + 1) * 1000, then;
	double share = of_peak(k, (double)s->at_peak_bytes);

	if (f->duration_us < HELD_LEAST_US || s->at_peak_bytes < WORTH_MOST || share < WORTH_HELD)
		return false;
	/* What is lost is told of as a leak. */
	if (s->leaks.bytes[0] > s->at_peak_bytes / 2 || s->leaks.bytes[1] > s->at_peak_bytes / 2)
		return false;
	if (whole_us + f->duration_us / 20 > f->peak_us || !is_held_to_the_end(k))
		return false;
	then = held_by_all(&k->a->view, whole_us);
	if (f->peak_bytes < 0 || then > (uint64_t)f->peak_bytes / 10 * 9)
		return false;
	to->share = share;
	to->bytes = s->at_peak_bytes;
	to->evidence = arena_printf(
		&k->a->arena,
		"%s in %s, there since %s and across the peak at %s, %s; "
		"%s came on top of it",
		util_bytes(s->at_peak_bytes).text, util_counted(s->at_peak_blocks, "block").text,
		util_duration(whole_us).text, util_duration(f->peak_us).text,
		k->place->waste.freed_ms ? "freed only as the program ended" : "never freed",
		util_bytes(f->peak_bytes - (int64_t)then).text);
	return true;
}

static bool prove_untouched(const struct kinds *k, struct view_advice *to)
{
	const struct model_waste *w = &k->place->waste;
	const struct view_sums *s = &k->place->large;
	int64_t held = s->at_peak_bytes > 0 ? s->at_peak_bytes : s->own_peak_bytes;
	double part = ratio((double)w->untouched_pages, (double)w->seen_pages);
	double bytes = part * (double)held;

	if (part < 0.5 || bytes < WORTH_MOST || of_peak(k, bytes) < WORTH_UNTOUCHED)
		return false;
	/* It costs no memory, or the report would say so elsewhere. */
	to->share = of_peak(k, bytes) / 2;
	to->bytes = (int64_t)bytes;
	to->evidence = arena_printf(
		&k->a->arena,
		"%s of the pages were never touched when the %s ended (%s of %s "
		"looked at); it held %s %s",
		util_percent(part, 1).text, s->calls == 1 ? "block" : "blocks",
		util_bytes((int64_t)(w->untouched_pages * k->m->page_bytes)).text,
		util_bytes((int64_t)(w->seen_pages * k->m->page_bytes)).text, util_bytes(held).text,
		s->at_peak_bytes > 0 ? "at the peak" : "at most");
	return true;
}

/* Does it grow in every part of the run, and never fall before the last moments? */
static bool keeps_growing(const struct kinds *k, int64_t most)
{
	const struct view *v = &k->a->view;
	int64_t before = 0, part_began = 0, now;
	size_t rows = held_rows(v), row, part = 1;
	uint64_t end = end_us(k);

	for (row = 0; row < rows; row++, before = now) {
		now = held_bytes(k->a, k->places, k->place, row);
		if ((double)now < (double)before - (double)most / 100) {
			if (v->history[row].us < end - last_us(end))
				return false;
			break;
		}
		if (part < GROWS_PARTS && v->history[row].us >= end / GROWS_PARTS * part) {
			if ((double)now - (double)part_began < (double)most * GROWS_PART)
				return false;
			part_began = now;
			part++;
		}
	}
	return part == GROWS_PARTS &&
	       (double)before - (double)part_began >= (double)most * GROWS_PART;
}

static bool prove_grows(const struct kinds *k, struct view_advice *to)
{
	const struct view_sums *s = &k->place->sums;
	const struct view_facts *f = &k->a->view.facts;
	double share = of_peak(k, (double)s->at_peak_bytes);

	if (f->duration_us < GROWS_LEAST_US || s->calls < GROWS_CALLS ||
	    s->at_peak_bytes < WORTH_BYTES || share < WORTH_OF_PEAK ||
	    !keeps_growing(k, s->at_peak_bytes))
		return false;
	to->share = share;
	to->bytes = s->at_peak_bytes;
	to->evidence = arena_printf(
		&k->a->arena,
		"grew from the first quarter of the run to the last, to %s in %s, and "
		"nothing was freed in all of the %s",
		util_bytes(s->at_peak_bytes).text, util_counted(s->at_peak_blocks, "block").text,
		util_duration(f->duration_us).text);
	return true;
}

bool kinds_prove(const struct kinds *k, enum view_advice_kind kind, struct view_advice *to)
{
	static bool (*const proofs[VIEW_ADVICE_KINDS])(const struct kinds *,
						       struct view_advice *) = {
		[VIEW_ADVICE_COPY] = prove_copy,	   [VIEW_ADVICE_GROWTH] = prove_growth,
		[VIEW_ADVICE_CHURN] = prove_churn,	   [VIEW_ADVICE_HELD] = prove_held,
		[VIEW_ADVICE_UNTOUCHED] = prove_untouched, [VIEW_ADVICE_GROWS] = prove_grows,
	};

	return proofs[kind](k, to);
}
