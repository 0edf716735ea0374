/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plot/mprof.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

#define MIB	   1048576.0
#define NAME_BYTES 200

struct reading {
	struct plot *p;
	double start_s; /* of the first sample, by the wall clock; 0 = none yet */
	unsigned long samples;
};

static double since(struct reading *r, double s)
{
	if (r->start_s == 0)
		r->start_s = s;
	return s > r->start_s ? s - r->start_s : 0;
}

static struct plot_line *line_named(struct plot *p, enum plot_kind kind, const char *name)
{
	for (size_t i = 0; i < p->line_count; i++) {
		if (p->lines[i].kind == kind && !strcmp(p->lines[i].name, name))
			return &p->lines[i];
	}
	return plot_line(p, kind, name);
}

static int add_sample(struct reading *r, enum plot_kind kind, const char *name, double mib,
		      double s)
{
	struct plot_line *line = line_named(r->p, kind, name);
	double at = since(r, s);

	if (!line)
		return -ENOMEM;
	if (kind == PLOT_RSS && mib * MIB > r->p->peak.bytes) {
		r->p->peak = (struct plot_point){ at, mib * MIB };
		r->p->has_peak = true;
	}
	r->samples++;
	return plot_point(r->p, line, at, mib * MIB);
}

/* A bracket, and its name where marks have theirs. */
static int add_function(struct reading *r, const char *name, const double *v)
{
	struct plot_line *line = plot_line(r->p, PLOT_SPAN, name);
	int err = line ? 0 : -ENOMEM;

	if (!err)
		err = plot_point(r->p, line, since(r, v[1]), v[0] * MIB);
	if (!err)
		err = plot_point(r->p, line, since(r, v[3]), v[2] * MIB);
	return err ? err : plot_mark(r->p, since(r, v[1]), name);
}

/* Words that are not known are passed over, as mprof does. */
static int take(struct reading *r, const char *text)
{
	char name[NAME_BYTES + 1];
	double v[4];
	long pid;

	if (!strncmp(text, "CMDLINE ", 8)) {
		free(r->p->title);
		r->p->title = strndup(text + 8, strcspn(text + 8, "\n"));
		return r->p->title ? 0 : -ENOMEM;
	}
	if (sscanf(text, "MEM %lf %lf", &v[0], &v[1]) == 2)
		return add_sample(r, PLOT_RSS, "RSS", v[0], v[1]);
	if (sscanf(text, "CHLD %ld %lf %lf", &pid, &v[0], &v[1]) == 3) {
		snprintf(name, sizeof(name), "child %ld", pid);
		return add_sample(r, PLOT_PROCESS, name, v[0], v[1]);
	}
	if (sscanf(text, "FUNC %200s %lf %lf %lf %lf", name, &v[0], &v[1], &v[2], &v[3]) == 5)
		return add_function(r, name, v);
	return 0;
}

static int finish(struct reading *r, const char *path)
{
	char text[128];

	if (!r->p->title)
		r->p->title = strdup(util_basename(path));
	snprintf(text, sizeof(text), "RSS as mprof saw it in %lu samples, %s at most", r->samples,
		 util_bytes((int64_t)r->p->most).text);
	r->p->subtitle = strdup(text);
	return r->p->title && r->p->subtitle ? 0 : -ENOMEM;
}

int mprof_read(struct plot *p, const char *path, struct err *e)
{
	struct reading r = { .p = p };
	char line[4096];
	FILE *f = fopen(path, "re");
	int err = 0;

	*p = (struct plot){ .title = NULL };
	if (!f)
		return err_errno(e, -errno, "%s", path);
	while (!err && fgets(line, sizeof(line), f))
		err = take(&r, line);
	fclose(f);
	if (!err && !r.samples)
		err = err_set(e, -EBADMSG, "%s: neither a recording nor a file of mprof", path);
	else if (!err)
		err = finish(&r, path);
	if (err == -ENOMEM)
		err_set(e, err, "not enough memory to read %s", path);
	if (err)
		plot_free(p);
	return err;
}
