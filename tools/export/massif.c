/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Massif's output: a snapshot for each row of the timeline, one with a tree at the peak and one at
 * the end.  A tree goes from the allocation outwards; a node's bytes are its children's and those
 * of the stacks that end there.  ms_print cuts lines at '#', and frames by lines.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "export/export.h"
#include "export/metric.h"
#include "export/name.h"
#include "export/stacks.h"

/* Of more stacks than this, those below a part of the whole are summed up, as Massif does it. */
#define STACKS_IN_FULL 10000
#define SMALLEST_PART  10000

/* Stacks that go on through one frame. */
struct branch {
	size_t first; /* in tree.order */
	size_t count;
	int64_t bytes;
};

struct tree {
	const struct stacks *s;
	const struct metric *metric;
	FILE *out;
	uint32_t *order; /* of stacks, by their labels */
	size_t count;
	int64_t smallest;
};

static void label(struct buf *b, const struct view_frame *f)
{
	buf_printf(b, "0x%" PRIX64 ": ", name_address(f));
	if (f->function)
		name_add(b, f->function, "#", "@");
	else
		buf_puts(b, "???");
	if (f->file) {
		buf_puts(b, " (");
		name_add(b, util_basename(f->file), "#", "@");
		buf_printf(b, ":%u)", f->line);
	} else if (f->module) {
		buf_puts(b, " (in ");
		name_add(b, f->module, "#", "@");
		if (!f->function)
			buf_printf(b, "+0x%" PRIx64, f->offset);
		buf_puts(b, ")");
	}
}

static const uint32_t *lines_of(const struct tree *t, size_t i)
{
	return t->s->lines + t->s->list[t->order[i]].first;
}

static uint32_t depth_of(const struct tree *t, size_t i)
{
	return t->s->list[t->order[i]].count;
}

static int64_t bytes_of(const struct tree *t, size_t i)
{
	return t->metric->of(&t->s->list[t->order[i]].sums);
}

static int by_lines(const void *one, const void *two, void *user)
{
	const struct stacks *s = user;
	const struct stack *a = &s->list[*(const uint32_t *)one];
	const struct stack *b = &s->list[*(const uint32_t *)two];
	uint32_t i;

	for (i = 0; i < a->count && i < b->count; i++)
		if (s->lines[a->first + i] != s->lines[b->first + i])
			return s->lines[a->first + i] < s->lines[b->first + i] ? -1 : 1;
	return a->count < b->count ? -1 : a->count > b->count;
}

static int larger_first(const void *one, const void *two)
{
	const struct branch *a = one, *b = two;

	if (a->bytes != b->bytes)
		return a->bytes > b->bytes ? -1 : 1;
	return a->first < b->first ? -1 : a->first > b->first;
}

static bool same_branch(const struct tree *t, size_t a, size_t b, uint32_t level)
{
	return lines_of(t, a)[level] == lines_of(t, b)[level];
}

/* The branches at a level of the stacks that are the same up to there; a NULL list only counts. */
static size_t find_branches(const struct tree *t, const struct branch *parent, uint32_t level,
			    struct branch *list)
{
	size_t end = parent->first + parent->count, count = 0, i, last = end;

	for (i = parent->first; i < end; i++) {
		if (depth_of(t, i) <= level)
			continue;
		if (last == end || !same_branch(t, last, i, level)) {
			if (list)
				list[count] = (struct branch){ .first = i };
			count++;
		}
		if (list) {
			list[count - 1].count++;
			list[count - 1].bytes += bytes_of(t, i);
		}
		last = i;
	}
	return count;
}

static void indent(FILE *out, uint32_t level)
{
	while (level--)
		putc_unlocked(' ', out);
}

static size_t significant(const struct tree *t, const struct branch *list, size_t count)
{
	size_t i;

	for (i = 0; i < count && list[i].bytes >= t->smallest; i++)
		;
	return i;
}

static void put_rest(const struct tree *t, const struct branch *list, size_t count, uint32_t level)
{
	size_t places = 0, i;
	int64_t bytes = 0;

	for (i = 0; i < count; i++) {
		bytes += list[i].bytes;
		places += list[i].count;
	}
	indent(t->out, level);
	fprintf(t->out, "n0: %" PRId64 " in %zu places, all below massif's threshold (%.2f%%)\n",
		bytes, places, 100.0 / SMALLEST_PART);
}

static int put_branches(const struct tree *t, const struct branch *parent, uint32_t level,
			const char *title);

static int put_children(const struct tree *t, const struct branch *list, size_t count, size_t shown,
			uint32_t level)
{
	size_t i;
	int err = 0;

	for (i = 0; i < shown && !err; i++)
		err = put_branches(t, &list[i], level + 1,
				   strings_text(&t->s->labels, lines_of(t, list[i].first)[level]));
	if (!err && shown < count)
		put_rest(t, list + shown, count - shown, level + 1);
	return err;
}

/* A node, and all below it. */
static int put_branches(const struct tree *t, const struct branch *parent, uint32_t level,
			const char *title)
{
	size_t count = find_branches(t, parent, level, NULL), shown;
	struct branch *list = calloc(count + 1, sizeof(*list));
	int err;

	if (!list)
		return -ENOMEM;
	find_branches(t, parent, level, list);
	if (count)
		qsort(list, count, sizeof(*list), larger_first);
	shown = significant(t, list, count);
	indent(t->out, level);
	fprintf(t->out, "n%zu: %" PRId64 " %s\n", shown + (shown < count), parent->bytes, title);
	err = put_children(t, list, count, shown, level);
	free(list);
	return err;
}

static int put_tree(struct tree *t)
{
	struct branch root = { .count = t->count };
	size_t i;

	for (i = 0; i < t->count; i++)
		root.bytes += bytes_of(t, i);
	t->smallest = t->s->count > STACKS_IN_FULL ? root.bytes / SMALLEST_PART : 0;
	return put_branches(t, &root, 0,
			    "(heap allocation functions) malloc/new/new[], and others");
}

static int64_t sum_of(const struct stacks *s, const struct metric *metric)
{
	int64_t bytes, sum = 0;
	size_t i;

	for (i = 0; i < s->count; i++) {
		bytes = metric->of(&s->list[i].sums);
		sum += bytes > 0 ? bytes : 0;
	}
	return sum;
}

static void put_snapshot(FILE *out, size_t number, uint64_t us, uint64_t bytes, const char *tree)
{
	fprintf(out,
		"#-----------\nsnapshot=%zu\n#-----------\ntime=%" PRIu64 "\nmem_heap_B=%" PRIu64
		"\nmem_heap_extra_B=0\nmem_stacks_B=0\nheap_tree=%s\n",
		number, us / 1000, bytes, tree);
}

static int put_detailed(const struct export_context *c, const struct stacks *s,
			enum export_metric metric, uint32_t *order)
{
	struct tree t = { .s = s, .metric = &metrics[metric], .out = c->out, .order = order };
	uint32_t i;

	for (i = 0; i < s->count; i++)
		if (t.metric->of(&s->list[i].sums) > 0)
			order[t.count++] = i;
	if (t.count)
		qsort_r(order, t.count, sizeof(*order), by_lines, (void *)s);
	return put_tree(&t);
}

static void put_head(const struct export_context *c, const struct view_facts *f)
{
	struct buf command = { 0 };

	name_command(&command, f, "#", "@");
	fprintf(c->out, "desc: tidemark %s, process %u\ncmd: %s\ntime_unit: ms\n", c->version,
		f->pid, buf_text(&command));
	buf_free(&command);
}

static int put_snapshots(const struct export_context *c, const struct view *v,
			 const struct stacks *s, uint32_t *order)
{
	const struct view_facts *f = &v->facts;
	size_t number = 0, i;
	int err;

	for (i = 0; i < v->point_count && v->points[i].us < f->peak_us; i++)
		put_snapshot(c->out, number++, v->points[i].us, v->points[i].live_bytes, "empty");
	put_snapshot(c->out, number++, f->peak_us, (uint64_t)sum_of(s, &metrics[EXPORT_PEAK]),
		     "peak");
	err = put_detailed(c, s, EXPORT_PEAK, order);
	for (; i < v->point_count && !err; i++)
		if (v->points[i].us > f->peak_us && v->points[i].us < f->duration_us)
			put_snapshot(c->out, number++, v->points[i].us, v->points[i].live_bytes,
				     "empty");
	if (err)
		return err;
	put_snapshot(c->out, number, f->duration_us, (uint64_t)sum_of(s, &metrics[EXPORT_LIVE]),
		     "detailed");
	return put_detailed(c, s, EXPORT_LIVE, order);
}

int export_massif(struct export_context *c, const struct view *v)
{
	struct stacks s;
	uint32_t *order;
	int err = stacks_make(&s, v, label);

	if (err)
		return err;
	order = calloc(s.count + 1, sizeof(*order));
	put_head(c, &v->facts);
	err = order ? put_snapshots(c, v, &s, order) : -ENOMEM;
	free(order);
	stacks_free(&s);
	return err;
}
