/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cmd/check/write.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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
	FILE *out = strcmp(path, "-") ? fopen(path, mode) : stdout;

	if (!out)
		cmd_say("%s: cannot be written: %s", path, strerror(errno));
	return out;
}

static int write_one(const struct verdict *v, const char *path,
		     void (*render)(FILE *, const struct verdict *))
{
	FILE *out;

	if (!path)
		return EXIT_SUCCESS;
	out = begin(path, "we");
	if (!out)
		return EXIT_USAGE;
	render(out, v);
	return finish(out, path);
}

static int write_suppressions(const struct verdict *v, const struct write_options *o)
{
	FILE *out;

	if (!o->suppressions)
		return EXIT_SUCCESS;
	out = begin(o->suppressions, "we");
	if (!out)
		return EXIT_USAGE;
	verdict_suppressions(out, v, o->syntax == 1);
	return finish(out, o->suppressions);
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
