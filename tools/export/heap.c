/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The older heap profile, as text: numbers and return addresses, and where the files were mapped.
 * Whoever reads it looks the names up himself.
 */
#include <errno.h>
#include <inttypes.h>

#include "export/export.h"
#include "export/inline.h"
#include "export/name.h"

static void pick(enum export_metric metric, const struct view_sums *s, int64_t *bytes,
		 int64_t *blocks)
{
	*bytes = metric == EXPORT_PEAK ? s->at_peak_bytes : s->live_bytes;
	*blocks = metric == EXPORT_PEAK ? s->at_peak_blocks : s->live_blocks;
}

static void put_sums(FILE *out, enum export_metric metric, const struct view_sums *s)
{
	int64_t bytes, blocks;

	pick(metric, s, &bytes, &blocks);
	fprintf(out, "%6" PRId64 ": %8" PRId64 " [%6" PRIu64 ": %8" PRIu64 "] @", blocks, bytes,
		s->calls, s->total_bytes);
}

static void put_stack(FILE *out, const struct view *v, const struct view_site *site)
{
	const struct view_frame *f;
	uint32_t i;

	for (i = 0; i < site->shown_count; i += inline_count(v, site, i)) {
		f = &v->frames[v->stack[site->shown + i]];
		if (f->python)
			continue;
		/* Readers take one off, as off a return address. */
		fprintf(out, " 0x%" PRIx64, name_address(f) + 1);
	}
	putc_unlocked('\n', out);
}

static struct view_sums sum_of(const struct view *v)
{
	struct view_sums sum = { .calls = 0 };
	const struct view_sums *s;
	size_t i;

	for (i = 0; i < v->site_count; i++) {
		s = &v->sites[i].sums;
		sum.at_peak_bytes += s->at_peak_bytes;
		sum.at_peak_blocks += s->at_peak_blocks;
		sum.live_bytes += s->live_bytes;
		sum.live_blocks += s->live_blocks;
		sum.calls += s->calls;
		sum.total_bytes += s->total_bytes;
	}
	return sum;
}

static int put_modules(FILE *out, const struct view *v)
{
	const struct view_module *m;
	struct buf path = { 0 };
	bool failed;
	size_t i;

	fputs("\nMAPPED_LIBRARIES:\n", out);
	for (i = 1; i < v->module_count; i++) {
		m = &v->modules[i];
		buf_reset(&path);
		name_add(&path, m->path, "", "");
		fprintf(out, "%" PRIx64 "-%" PRIx64 " r-xp 00000000 00:00 0 %s\n", m->start, m->end,
			buf_text(&path));
	}
	failed = path.failed;
	buf_free(&path);
	return failed ? -ENOMEM : 0;
}

int export_heap(struct export_context *c, const struct view *v)
{
	struct view_sums sum = sum_of(v);
	size_t i;

	fputs("heap profile: ", c->out);
	put_sums(c->out, c->metric, &sum);
	fputs(" heapprofile\n", c->out);
	for (i = 0; i < v->site_count; i++) {
		put_sums(c->out, c->metric, &v->sites[i].sums);
		put_stack(c->out, v, &v->sites[i]);
		export_progress(c, i, v->site_count);
	}
	return put_modules(c->out, v);
}
