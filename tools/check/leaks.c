/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check/leaks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/fold.h"
#include "check/key.h"
#include "check/path.h"

_Static_assert((int)VERDICT_CLASSES == (int)VIEW_LEAK_CLASSES, "classes");

enum { DEFINITE, INDIRECT, POSSIBLE, REACHABLE };

/* A site of the view that leaks. */
struct suspect {
	const struct view_site *site;
	struct verdict_amount found[VERDICT_CLASSES];
	struct verdict_amount suppressed[VERDICT_CLASSES];
	struct suppression *by; /* what suppresses its definite leaks */
	const char *key;
	size_t number; /* of the site in the view */
};

struct gathering {
	const struct view *view;
	const struct judge_options *options;
	struct arena *arena;
	struct suspect *suspects;
	size_t count;
	struct suspect **by_site;		/* of each site of the view, NULL = does not leak */
	const struct view_leak_block **leaders; /* definite blocks by address */
	size_t leader_count;
};

static bool is_none(const struct verdict_amount *a)
{
	return !a->bytes && !a->blocks;
}

static void move_amount(struct verdict_amount *from, struct verdict_amount *to,
			struct verdict_amount what)
{
	if (what.bytes > from->bytes)
		what.bytes = from->bytes;
	if (what.blocks > from->blocks)
		what.blocks = from->blocks;
	from->bytes -= what.bytes;
	from->blocks -= what.blocks;
	to->bytes += what.bytes;
	to->blocks += what.blocks;
}

static void suppress_amount(struct suspect *s, unsigned leak_class, struct verdict_amount what,
			    struct suppression *by)
{
	int64_t bytes = s->suppressed[leak_class].bytes, blocks = s->suppressed[leak_class].blocks;

	move_amount(&s->found[leak_class], &s->suppressed[leak_class], what);
	by->leaks++;
	by->bytes += (uint64_t)(s->suppressed[leak_class].bytes - bytes);
	by->blocks += (uint64_t)(s->suppressed[leak_class].blocks - blocks);
}

static int list_suspects(struct gathering *g)
{
	const struct view *v = g->view;
	const struct view_leaks *leaks;
	struct suspect *s;
	bool any;
	size_t i;
	int k;

	g->suspects = calloc(v->site_count + 1, sizeof(*g->suspects));
	g->by_site = calloc(v->site_count + 1, sizeof(struct suspect *));
	if (!g->suspects || !g->by_site)
		return -ENOMEM;
	for (i = 0; i < v->site_count; i++) {
		leaks = &v->sites[i].sums.leaks;
		s = &g->suspects[g->count];
		for (k = 0, any = false; k < VERDICT_CLASSES; k++) {
			s->found[k].bytes = leaks->bytes[k] > 0 ? leaks->bytes[k] : 0;
			s->found[k].blocks = leaks->blocks[k] > 0 ? leaks->blocks[k] : 0;
			any |= !is_none(&s->found[k]);
		}
		if (!any)
			continue;
		s->site = &v->sites[i];
		s->number = i;
		g->by_site[i] = s;
		g->count++;
	}
	return 0;
}

static void suppress_directly(struct gathering *g)
{
	const struct view *v = g->view;
	struct suppression *by;
	struct suspect *s;
	unsigned k;
	size_t i;

	for (i = 0; i < g->count; i++) {
		s = &g->suspects[i];
		for (k = 0; k < VERDICT_CLASSES; k++) {
			if (is_none(&s->found[k]))
				continue;
			by = suppress_find(g->options->suppressions, v->frames,
					   v->stack + s->site->first, s->site->count, k);
			if (by)
				suppress_amount(s, k, s->found[k], by);
			if (k == DEFINITE)
				s->by = by;
		}
	}
}

static int by_address(const void *one, const void *two)
{
	const struct view_leak_block *a = *(const struct view_leak_block *const *)one;
	const struct view_leak_block *b = *(const struct view_leak_block *const *)two;

	return a->address < b->address ? -1 : a->address > b->address;
}

static int list_leaders(struct gathering *g)
{
	const struct view *v = g->view;
	size_t i;

	g->leaders = calloc(v->leak_block_count + 1, sizeof(*g->leaders));
	if (!g->leaders)
		return -ENOMEM;
	for (i = 0; i < v->leak_block_count; i++)
		if (v->leak_blocks[i].leak_class == DEFINITE && v->leak_blocks[i].site)
			g->leaders[g->leader_count++] = &v->leak_blocks[i];
	if (g->leader_count)
		qsort(g->leaders, g->leader_count, sizeof(*g->leaders), by_address);
	return 0;
}

/* What suppresses the definite leak that the block hangs on; NULL when nothing does. */
static struct suppression *suppressed_leader(const struct gathering *g,
					     const struct view_leak_block *block)
{
	const struct view_leak_block want = { .address = block->leader }, *key = &want;
	const struct view_leak_block **found;
	const struct suspect *s;

	if (!block->leader || !g->leader_count)
		return NULL;
	found = bsearch(&key, g->leaders, g->leader_count, sizeof(*g->leaders), by_address);
	s = found ? g->by_site[(*found)->site - g->view->sites] : NULL;
	return s ? s->by : NULL;
}

/*
 * Not every block is listed.  When all the listed ones of a site hang on suppressed leaks, so do
 * the others, as far as anybody can tell.
 */
static void suppress_children(struct gathering *g, const struct view_leak_block *first,
			      size_t count)
{
	struct suspect *s = first->site ? g->by_site[first->site - g->view->sites] : NULL;
	struct suppression *by = NULL, *of_one;
	struct verdict_amount sum = { 0 };
	size_t hanging = 0, i;

	if (!s)
		return;
	for (i = 0; i < count; i++) {
		of_one = suppressed_leader(g, &first[i]);
		if (!of_one)
			continue;
		by = of_one;
		hanging++;
		sum.bytes += (int64_t)first[i].bytes;
		sum.blocks++;
	}
	if (by && hanging == count)
		sum = s->found[INDIRECT];
	if (by && !is_none(&s->found[INDIRECT]))
		suppress_amount(s, INDIRECT, sum, by);
}

/* The list is by site and class. */
static void suppress_indirectly(struct gathering *g)
{
	const struct view *v = g->view;
	const struct view_leak_block *b = v->leak_blocks;
	size_t from, to;

	for (from = 0; from < v->leak_block_count; from = to) {
		for (to = from + 1; to < v->leak_block_count; to++)
			if (b[to].site != b[from].site || b[to].leak_class != b[from].leak_class)
				break;
		if (b[from].leak_class == INDIRECT)
			suppress_children(g, &b[from], to - from);
	}
}

static int make_keys(struct gathering *g)
{
	const struct view *v = g->view;
	struct buf key = { 0 };
	struct suspect *s;
	size_t i;

	for (i = 0; i < g->count; i++) {
		s = &g->suspects[i];
		buf_reset(&key);
		key_of_stack(v->frames, v->stack + s->site->first, s->site->count, &key);
		s->key = arena_printf(g->arena, "%s", buf_text(&key));
		if (key.failed || !s->key)
			break;
	}
	buf_free(&key);
	return i < g->count ? -ENOMEM : 0;
}

static int by_key(const void *one, const void *two)
{
	const struct suspect *a = one, *b = two;
	int order = strcmp(a->key, b->key);

	if (order)
		return order;
	return a->number < b->number ? -1 : a->number > b->number;
}

static const char *keep(struct arena *arena, const char *text)
{
	return text ? arena_printf(arena, "%s", text) : NULL;
}

static void fill_frame(struct verdict_frame *to, const struct view_frame *f,
		       const struct gathering *g)
{
	struct buf plain = { 0 };
	const char *below;

	*to = (struct verdict_frame){
		.function = keep(g->arena, f->function),
		.linkage = keep(g->arena, f->linkage),
		.module = keep(g->arena, f->module),
		.offset = f->offset,
		.line = f->line,
		.inlined = f->inlined,
	};
	if (!f->file)
		return;
	path_plain(f->file, &plain);
	below = path_below(buf_text(&plain), g->options->root);
	to->file = keep(g->arena, below ? below : buf_text(&plain));
	to->inside = below != NULL;
	buf_free(&plain);
}

/*
 * Of a Python stack the view shows the lines of the script alone, but what is lost was lost by the
 * machine code that they called: that is shown, too.
 */
static uint32_t first_shown(const struct view *v, const struct view_site *site)
{
	const uint32_t *stack = v->stack;
	uint32_t at = site->first;

	if (!site->shown_count || !v->frames[stack[site->shown]].python)
		return site->shown;
	while (at < site->shown && fold_kind(&v->frames[stack[at]]) == FOLD_INNER)
		at++;
	return at;
}

static int fill_frames(struct verdict_leak *leak, const struct view_site *site,
		       const struct gathering *g)
{
	struct verdict_frame *frames = arena_take(g->arena, site->count + 1, sizeof(*frames));
	const struct verdict_frame *outside = NULL;
	uint32_t from = first_shown(g->view, site), i, at;

	if (!frames)
		return -ENOMEM;
	leak->frames = frames;
	leak->frame_count = site->count;
	for (i = 0; i < site->count; i++) {
		at = site->first + i;
		fill_frame(&frames[i], &g->view->frames[g->view->stack[at]], g);
		frames[i].shown = at >= from && at < site->shown + site->shown_count;
		if (!frames[i].shown || !frames[i].file || !frames[i].line)
			continue;
		if (frames[i].inside && !leak->where)
			leak->where = &frames[i];
		if (!outside)
			outside = &frames[i];
	}
	if (!leak->where)
		leak->where = outside;
	return g->arena->failed ? -ENOMEM : 0;
}

static void excuse(struct verdict_leak *leak, const struct judge_options *o)
{
	double slack = 1 + (o->limits->growth < 0 ? JUDGE_SLACK : o->limits->growth);
	struct verdict_amount most;
	struct baseline_leak *known;
	unsigned k;

	for (k = 0; k < VERDICT_CLASSES && o->baseline; k++) {
		known = baseline_find(o->baseline, leak->key, k);
		if (!known || is_none(&leak->found[k]))
			continue;
		known->met = true;
		most.bytes = (int64_t)((double)known->bytes * slack);
		most.blocks = (int64_t)((double)known->blocks * slack);
		/* As many bytes as before are no news, in however many blocks. */
		if (leak->found[k].bytes <= most.bytes && known->bytes)
			most.blocks = leak->found[k].blocks;
		leak->excused[k] = leak->found[k];
		if (leak->found[k].bytes > most.bytes)
			leak->excused[k].bytes = most.bytes;
		if (leak->found[k].blocks > most.blocks)
			leak->excused[k].blocks = most.blocks;
	}
}

static void add_amount(struct verdict_amount *to, const struct verdict_amount *what)
{
	to->bytes += what->bytes;
	to->blocks += what->blocks;
}

/* One leak of all sites with one key, the first of which lends its frames. */
static int add_leak(struct verdict_process *p, struct gathering *g, const struct suspect *s,
		    size_t count)
{
	struct verdict_leak *leak = &p->leaks[p->leak_count];
	size_t i;
	int k;

	*leak = (struct verdict_leak){
		.key = s->key,
		.hash = key_hash(s->key),
		.site = s->number,
	};
	for (i = 0; i < count; i++) {
		for (k = 0; k < VERDICT_CLASSES; k++)
			add_amount(&leak->found[k], &s[i].found[k]);
		leak->held.bytes += s[i].site->sums.leaks.held_bytes;
		leak->held.blocks += s[i].site->sums.leaks.held_blocks;
	}
	for (k = VERDICT_CLASSES - 1; k >= 0; k--)
		if (!is_none(&leak->found[k]))
			leak->worst = (unsigned)k;
	/* An indirect leak is the least of them: what it hangs on is the one to mend. */
	if (leak->worst == INDIRECT && !is_none(&leak->found[POSSIBLE]))
		leak->worst = POSSIBLE;
	if (is_none(&leak->found[leak->worst]))
		return 0;
	excuse(leak, g->options);
	p->leak_count++;
	return fill_frames(leak, s->site, g);
}

static int merge(struct verdict_process *p, struct gathering *g)
{
	size_t from, to;
	int k, err = 0;

	if (g->count)
		qsort(g->suspects, g->count, sizeof(*g->suspects), by_key);
	p->leaks = arena_take(g->arena, g->count + 1, sizeof(*p->leaks));
	if (!p->leaks)
		return -ENOMEM;
	for (from = 0; from < g->count && !err; from = to) {
		for (to = from + 1; to < g->count; to++)
			if (strcmp(g->suspects[to].key, g->suspects[from].key))
				break;
		err = add_leak(p, g, &g->suspects[from], to - from);
	}
	for (from = 0; from < g->count; from++)
		for (k = 0; k < VERDICT_CLASSES; k++)
			add_amount(&p->suppressed[k], &g->suspects[from].suppressed[k]);
	for (from = 0; from < p->leak_count; from++) {
		for (k = 0; k < VERDICT_CLASSES; k++) {
			add_amount(&p->found[k], &p->leaks[from].found[k]);
			add_amount(&p->excused[k], &p->leaks[from].excused[k]);
		}
	}
	return err;
}

int leaks_gather(struct verdict_process *p, const struct view *v, const struct judge_options *o,
		 struct arena *arena)
{
	struct gathering g = { .view = v, .options = o, .arena = arena };
	int err = list_suspects(&g);

	if (!err)
		suppress_directly(&g);
	if (!err)
		err = list_leaders(&g);
	if (!err)
		suppress_indirectly(&g);
	if (!err)
		err = make_keys(&g);
	if (!err)
		err = merge(p, &g);
	free(g.suspects);
	free(g.by_site);
	free(g.leaders);
	return err;
}

struct verdict_amount leaks_left(const struct verdict_leak *leak, unsigned leak_class)
{
	return (struct verdict_amount){
		leak->found[leak_class].bytes - leak->excused[leak_class].bytes,
		leak->found[leak_class].blocks - leak->excused[leak_class].blocks,
	};
}

/* What is worth reading first: definite, possible, indirect, reachable. */
static int rank(unsigned leak_class)
{
	static const int ranks[VERDICT_CLASSES] = { 0, 2, 1, 3 };

	return ranks[leak_class];
}

void leaks_fail(struct verdict_leak *leak, unsigned leak_class)
{
	if (!leak->fails || rank(leak_class) < rank(leak->worst))
		leak->worst = leak_class;
	leak->fails = true;
}

static int by_weight(const void *one, const void *two)
{
	const struct verdict_leak *a = one, *b = two;
	int64_t x = a->found[a->worst].bytes, y = b->found[b->worst].bytes;

	if (a->fails != b->fails)
		return a->fails ? -1 : 1;
	if (a->worst != b->worst)
		return rank(a->worst) - rank(b->worst);
	if (x != y)
		return x > y ? -1 : 1;
	return strcmp(a->key, b->key);
}

void leaks_sort(struct verdict_process *p)
{
	if (p->leak_count)
		qsort(p->leaks, p->leak_count, sizeof(*p->leaks), by_weight);
}
