/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Callgrind's output: costs per line of the functions that allocate, and of the calls that lead to
 * them.  A stack counts once for each function on it, for the outermost call of it, so that
 * recursion adds nothing twice.  Functions are told apart by name, file and object.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "export/export.h"
#include "export/name.h"
#include "export/strings.h"

#define SEPARATOR "\1"
/* Without a leak scan the last two are left out. */
#define EVENTS	    9
#define LEAK_EVENTS 2

/* What a function's key is made of. */
enum { NAME, FILE_NAME, OBJECT, PARTS };

static const struct {
	const char *name;
	const char *title;
} events[EVENTS] = {
	{ "peakB", "Bytes at the peak" },	{ "peakBk", "Blocks at the peak" },
	{ "curB", "Bytes live at the end" },	{ "curBk", "Blocks live at the end" },
	{ "totB", "Bytes allocated in all" },	{ "totBk", "Blocks allocated in all" },
	{ "tmpBk", "Temporary blocks" },	{ "lostB", "Bytes definitely lost" },
	{ "lostBk", "Blocks definitely lost" },
};

/* A site's cost at a line of a function, or of a call there. */
struct item {
	uint32_t function;
	uint32_t callee; /* 0 = the function's own */
	uint32_t line;
	uint32_t site;
};

struct writer {
	FILE *out;
	const struct view *v;
	size_t events;
	struct strings functions; /* keys */
	uint32_t *function_of;	  /* frame -> function, 0 = not yet */
	uint32_t *parts;	  /* function -> PARTS of names */
	struct strings names[PARTS];
	uint8_t *written[PARTS]; /* names that have their number already */
	struct item *items;
	size_t count;
	size_t room;
	uint32_t *seen; /* function -> site + 1 */
	size_t seen_room;
};

static void make_key(struct buf *key, const struct view_frame *f)
{
	buf_reset(key);
	if (!f)
		buf_puts(key, NAME_NO_STACK);
	else
		name_frame(key, f, "#", "@");
	buf_puts(key, SEPARATOR);
	name_add(key, f && f->file ? f->file : "???", "#", "@");
	buf_puts(key, SEPARATOR);
	name_add(key, f && f->module ? f->module : "???", "#", "@");
}

static int find_function(struct writer *w, uint32_t frame, struct buf *key, uint32_t *function)
{
	bool none = frame >= w->v->frame_count;
	int err;

	if (w->function_of[frame]) {
		*function = w->function_of[frame];
		return 0;
	}
	make_key(key, none ? NULL : &w->v->frames[frame]);
	err = key->failed ? -ENOMEM : strings_add(&w->functions, key->data, function);
	w->function_of[frame] = *function;
	return err;
}

static int add_item(struct writer *w, struct item item)
{
	int err = VEC_ROOM(w->items, w->room, w->count + 1);

	if (!err)
		w->items[w->count++] = item;
	return err;
}

static int is_first(struct writer *w, uint32_t function, uint32_t site, bool *first)
{
	size_t had = w->seen_room;
	int err = VEC_ROOM(w->seen, w->seen_room, (size_t)function + 1);

	if (err)
		return err;
	memset(w->seen + had, 0, (w->seen_room - had) * sizeof(*w->seen));
	*first = w->seen[function] != site + 1;
	w->seen[function] = site + 1;
	return 0;
}

static uint32_t line_of(const struct writer *w, uint32_t frame)
{
	return frame < w->v->frame_count ? w->v->frames[frame].line : 0;
}

/* From the outermost frame inwards. */
static int add_site(struct writer *w, uint32_t number, struct buf *key)
{
	const struct view_site *site = &w->v->sites[number];
	uint32_t none = (uint32_t)w->v->frame_count;
	const uint32_t *stack = site->shown_count ? w->v->stack + site->shown : &none;
	uint32_t count = site->shown_count ? site->shown_count : 1;
	uint32_t function = 0, caller, i;
	bool first;
	int err;

	for (i = count; i-- > 0;) {
		caller = function;
		err = find_function(w, stack[i], key, &function);
		if (!err)
			err = is_first(w, function, number, &first);
		if (!err && first && caller)
			err = add_item(w, (struct item){ caller, function, line_of(w, stack[i + 1]),
							 number });
		if (err)
			return err;
	}
	return add_item(w, (struct item){ function, 0, line_of(w, stack[0]), number });
}

static int by_place(const void *one, const void *two)
{
	const struct item *a = one, *b = two;

	if (a->function != b->function)
		return a->function < b->function ? -1 : 1;
	if (a->callee != b->callee)
		return a->callee < b->callee ? -1 : 1;
	return a->line < b->line ? -1 : a->line > b->line;
}

static bool same_place(const struct item *a, const struct item *b)
{
	return !by_place(a, b);
}

static int part_function(struct writer *w, uint32_t function)
{
	char *key = strdup(strings_text(&w->functions, function)), *at = key, *end;
	int part, err = key ? 0 : -ENOMEM;

	for (part = 0; part < PARTS && !err; part++) {
		end = at + strcspn(at, SEPARATOR);
		*end = '\0';
		err = strings_add(&w->names[part], at, &w->parts[function * PARTS + part]);
		at = end + 1;
	}
	free(key);
	return err;
}

static int part_functions(struct writer *w)
{
	uint32_t i;
	int part, err = 0;

	w->parts = calloc(w->functions.count + 1, PARTS * sizeof(*w->parts));
	if (!w->parts)
		return -ENOMEM;
	for (i = 1; i < w->functions.count && !err; i++)
		err = part_function(w, i);
	for (part = 0; part < PARTS && !err; part++) {
		w->written[part] = calloc(w->names[part].count + 1, 1);
		if (!w->written[part])
			err = -ENOMEM;
	}
	return err;
}

/* The text the first time, its number ever after. */
static void put_name(struct writer *w, const char *tag, uint32_t function, int part)
{
	uint32_t number = w->parts[function * PARTS + part];

	fprintf(w->out, "%s=(%" PRIu32 ")", tag, number);
	if (!w->written[part][number])
		fprintf(w->out, " %s", strings_text(&w->names[part], number));
	w->written[part][number] = true;
	putc_unlocked('\n', w->out);
}

static void add_costs(uint64_t *costs, const struct view_sums *s)
{
	const int64_t values[EVENTS] = {
		s->at_peak_bytes,	 s->at_peak_blocks,	  s->live_bytes,
		s->live_blocks,		 (int64_t)s->total_bytes, (int64_t)s->calls,
		(int64_t)s->temporaries, s->leaks.bytes[0],	  s->leaks.blocks[0],
	};
	size_t i;

	for (i = 0; i < EVENTS; i++)
		costs[i] += values[i] > 0 ? (uint64_t)values[i] : 0;
}

static void put_costs(const struct writer *w, const uint64_t *costs)
{
	size_t i;

	for (i = 0; i < w->events; i++)
		fprintf(w->out, " %" PRIu64, costs[i]);
	putc_unlocked('\n', w->out);
}

/* All items of one place. */
static size_t put_place(struct writer *w, size_t from)
{
	const struct item *first = &w->items[from];
	uint64_t costs[EVENTS] = { 0 }, calls = 0;
	size_t to;

	for (to = from; to < w->count && same_place(first, &w->items[to]); to++) {
		add_costs(costs, &w->v->sites[w->items[to].site].sums);
		calls += w->v->sites[w->items[to].site].sums.calls;
	}
	if (first->callee) {
		put_name(w, "cob", first->callee, OBJECT);
		put_name(w, "cfi", first->callee, FILE_NAME);
		put_name(w, "cfn", first->callee, NAME);
		fprintf(w->out, "calls=%" PRIu64 " 0\n", calls ? calls : 1);
	}
	fprintf(w->out, "%" PRIu32, first->line);
	put_costs(w, costs);
	return to;
}

static void put_head(const struct writer *w, const struct export_context *c,
		     const struct view_facts *f)
{
	struct buf command = { 0 };
	size_t i;

	name_command(&command, f, "#", "@");
	fprintf(c->out,
		"# callgrind format\nversion: 1\ncreator: tidemark %s\npid: %" PRIu32
		"\ncmd: %s\npositions: line\n",
		c->version, f->pid, buf_text(&command));
	for (i = 0; i < w->events; i++)
		fprintf(c->out, "event: %s : %s\n", events[i].name, events[i].title);
	fputs("events:", c->out);
	for (i = 0; i < w->events; i++)
		fprintf(c->out, " %s", events[i].name);
	fputs("\n", c->out);
	buf_free(&command);
}

static void put_totals(const struct writer *w)
{
	uint64_t costs[EVENTS] = { 0 };
	size_t i;

	for (i = 0; i < w->v->site_count; i++)
		add_costs(costs, &w->v->sites[i].sums);
	fputs("\ntotals:", w->out);
	put_costs(w, costs);
}

static void put_items(struct writer *w, const struct export_context *c)
{
	uint32_t function = 0;
	size_t i;

	for (i = 0; i < w->count;) {
		if (w->items[i].function != function) {
			function = w->items[i].function;
			putc_unlocked('\n', w->out);
			put_name(w, "ob", function, OBJECT);
			put_name(w, "fl", function, FILE_NAME);
			put_name(w, "fn", function, NAME);
			/* Readers expect each function to have a cost of its own. */
			if (w->items[i].callee)
				fprintf(w->out, "%" PRIu32 " 0\n", w->items[i].line);
		}
		i = put_place(w, i);
		export_progress(c, i, w->count);
	}
}

static int collect(struct writer *w)
{
	struct buf key = { 0 };
	uint32_t i;
	int err = 0;

	w->function_of = calloc(w->v->frame_count + 1, sizeof(*w->function_of));
	if (!w->function_of)
		return -ENOMEM;
	for (i = 0; i < w->v->site_count && !err; i++)
		err = add_site(w, i, &key);
	buf_free(&key);
	if (!err && w->count)
		qsort(w->items, w->count, sizeof(*w->items), by_place);
	return err ? err : part_functions(w);
}

static void free_all(struct writer *w)
{
	int part;

	for (part = 0; part < PARTS; part++) {
		strings_free(&w->names[part]);
		free(w->written[part]);
	}
	strings_free(&w->functions);
	free(w->function_of);
	free(w->parts);
	free(w->items);
	free(w->seen);
}

int export_callgrind(struct export_context *c, const struct view *v)
{
	struct writer w = { .out = c->out, .v = v };
	int err;

	w.events = v->facts.leaks ? EVENTS : EVENTS - LEAK_EVENTS;
	err = collect(&w);

	if (!err) {
		put_head(&w, c, &v->facts);
		put_items(&w, c);
		put_totals(&w);
	}
	free_all(&w);
	return err;
}
