/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What mprof plot and mprof peak of Python's memory_profiler read: RSS of the program, of each of
 * its children, and a function for the time from each mark to the next.
 */
#include <inttypes.h>

#include "export/export.h"

#define MIB 1048576.0

static double unix_s(const struct view *v, uint64_t us)
{
	return (double)v->facts.start_unix_ns / 1e9 + (double)us / 1e6;
}

static const struct view_series *series_of(const struct view *v, uint32_t pid)
{
	for (size_t i = 0; i < v->series_count; i++) {
		if (v->series[i].pid == pid)
			return &v->series[i];
	}
	return NULL;
}

static void put_command(FILE *out, const struct view_facts *f)
{
	fputs("CMDLINE", out);
	for (size_t i = 0; i < f->arg_count; i++) {
		fputc(' ', out);
		/* One line it must stay. */
		for (const char *c = f->args[i]; *c; c++)
			fputc((unsigned char)*c < ' ' ? ' ' : *c, out);
	}
	fputc('\n', out);
}

static void put_own(FILE *out, const struct view *v, const struct view_series *own)
{
	size_t i;

	for (i = 0; own && i < own->sample_count; i++)
		fprintf(out, "MEM %.6f %.4f\n", (double)own->samples[i].rss_bytes / MIB,
			unix_s(v, own->samples[i].us));
	for (i = 0; !own && i < v->point_count; i++) {
		if (v->points[i].rss_bytes)
			fprintf(out, "MEM %.6f %.4f\n", (double)v->points[i].rss_bytes / MIB,
				unix_s(v, v->points[i].us));
	}
}

static void put_child(FILE *out, const struct view *v, const struct view_series *s)
{
	for (size_t i = 0; i < s->sample_count; i++)
		fprintf(out, "CHLD %" PRIu32 " %.6f %.4f\n", s->pid,
			(double)s->samples[i].rss_bytes / MIB, unix_s(v, s->samples[i].us));
}

/* What was resident at that time or just before. */
static double rss_mib(const struct view *v, const struct view_series *own, uint64_t us)
{
	uint64_t bytes = 0;
	size_t i;

	for (i = 0; own && i < own->sample_count && own->samples[i].us <= us; i++)
		bytes = own->samples[i].rss_bytes;
	for (i = 0; !own && i < v->point_count && v->points[i].us <= us; i++)
		bytes = v->points[i].rss_bytes;
	return (double)bytes / MIB;
}

/* A name has no spaces there. */
static void put_phase(FILE *out, const struct view *v, const struct view_series *own, size_t i)
{
	uint64_t from = v->marks[i].us;
	uint64_t until = i + 1 < v->mark_count ? v->marks[i + 1].us : v->facts.duration_us;

	fputs("FUNC ", out);
	for (const char *c = v->marks[i].text; *c; c++)
		fputc((unsigned char)*c <= ' ' ? '_' : *c, out);
	fprintf(out, "%s %.4f %.4f %.4f %.4f 0\n", *v->marks[i].text ? "" : "mark",
		rss_mib(v, own, from), unix_s(v, from), rss_mib(v, own, until), unix_s(v, until));
}

int export_mprof(struct export_context *c, const struct view *v)
{
	const struct view_series *own = series_of(v, v->facts.pid);
	size_t i;

	put_command(c->out, &v->facts);
	put_own(c->out, v, own);
	for (i = 0; i < v->series_count; i++) {
		if (v->series[i].pid && v->series[i].pid != v->facts.pid)
			put_child(c->out, v, &v->series[i]);
	}
	for (i = 0; i < v->mark_count; i++)
		put_phase(c->out, v, own, i);
	return 0;
}
