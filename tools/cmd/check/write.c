/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cmd/check/write.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/output.h"
#include "cmd/cmd.h"
#include "cmd/show.h"
#include "render/verdict/render.h"

static int finish(FILE *out, const char *path)
{
	int err = fflush(out) || ferror(out) ? errno : 0;

	if (out != stdout && fclose(out) && !err)
		err = errno;
	if (!err)
		return EXIT_SUCCESS;
	cmd_say("%s: %s", path, strerror(err));
	return EXIT_USAGE;
}

static FILE *begin(const char *path, const char *mode)
{
	FILE *out = fopen(path, mode);

	if (!out)
		cmd_say("%s: cannot be written: %s", path, strerror(errno));
	return out;
}

struct writing {
	const struct verdict *verdict;
	void (*render)(FILE *, const struct verdict *);
	bool valgrind;
};

/* A file that is whole or not there; NULL: not asked for. */
static int write_file(const char *path, const struct writing *w)
{
	struct output o;
	struct err e;

	if (!path)
		return EXIT_SUCCESS;
	if (output_open(&o, path, &e))
		return cmd_fail(EXIT_USAGE, &e);
	if (w->render)
		w->render(o.stream, w->verdict);
	else
		verdict_suppressions(o.stream, w->verdict, w->valgrind);
	return output_commit(&o, &e) ? cmd_fail(EXIT_USAGE, &e) : EXIT_SUCCESS;
}

static int write_one(const struct verdict *v, const char *path,
		     void (*render)(FILE *, const struct verdict *))
{
	return write_file(path, &(struct writing){ v, render, false });
}

static int write_suppressions(const struct verdict *v, const struct write_options *o)
{
	return write_file(o->suppressions, &(struct writing){ v, NULL, o->syntax == 1 });
}

/* Where the runner collects the pages of a job's steps; other steps may have written there. */
static int write_github(const struct verdict *v)
{
	const char *path = getenv("GITHUB_STEP_SUMMARY");
	int status = EXIT_SUCCESS;
	FILE *out;

	verdict_github(stdout, v);
	status = finish(stdout, "standard output");
	if (!path || !*path)
		return status;
	out = begin(path, "ae");
	if (!out)
		return EXIT_USAGE;
	verdict_markdown(out, v);
	return finish(out, path) ? EXIT_USAGE : status;
}

static void write_text(const struct verdict *v, const struct write_options *o)
{
	struct render_style style;

	if (!o->text || (o->quiet && v->state == VERDICT_PASSED))
		return;
	style = show_style(fileno(o->text));
	verdict_text(o->text, v, &style);
	fflush(o->text);
}

int write_verdict(const struct verdict *v, const struct write_options *o)
{
	int status = EXIT_SUCCESS;

	fflush(stdout);
	status |= write_one(v, o->json, verdict_json);
	status |= write_one(v, o->junit, verdict_junit);
	status |= write_one(v, o->sarif, verdict_sarif);
	status |= write_suppressions(v, o);
	if (o->github)
		status |= write_github(v);
	write_text(v, o);
	return status;
}
