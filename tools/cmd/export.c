/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tidemark export: a recording in a format of other programs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/output.h"
#include "base/util.h"
#include "cmd/cmd.h"
#include "cmd/find.h"
#include "cmd/progress.h"
#include "cmd/show.h"
#include "export/export.h"
#include "export/metric.h"

#define FORMATS_MOST 32

struct exporting {
	const struct export_format *format;
	enum export_metric metric;
	const char *output; /* NULL: a file here, named after the program */
	struct show_options show;
	struct find_list recordings;
	struct find_list written;
};

/* As given; -1 where nothing was. */
struct choices {
	int format;
	int metric;
	const char *output;
	const char *filter;
	bool user_frames;
	bool list;
};

static void describe_formats(struct buf *text)
{
	const struct export_format *f;

	buf_puts(text, "Formats:\n");
	for (f = export_formats; f->name; f++)
		buf_printf(text, "  %-12s %s\n", f->name, f->summary);
}

static void list_formats(void)
{
	const struct export_format *f;

	for (f = export_formats; f->name; f++)
		printf("%s\t%s\t%s\n", f->name, f->suffix, f->summary);
}

static int parse(int argc, char **argv, struct choices *c, struct show_options *o, int *operands,
		 int *status)
{
	const char *formats[FORMATS_MOST] = { NULL }, *words[EXPORT_METRICS + 1] = { NULL };
	const struct opt options[] = {
		OPT_CHOICE("format", 'f', &c->format, formats, "FORMAT", "one of those below"),
		OPT_STRING("output", 'o', &c->output, "FILE",
			   "write there; - is standard output; a directory holds one for each"),
		OPT_CHOICE("metric", 'm', &c->metric, words, "METRIC",
			   "what to show, or to show first"),
		OPT_STRING("filter", 0, &c->filter, "TERMS",
			   "'func:GLOB file:GLOB module:GLOB size>N calls>N'; all must hold"),
		OPT_FLAG("user-frames", 0, &c->user_frames,
			 "leave out allocator and start-up frames, as the report does"),
		OPT_FLAG("list", 0, &c->list, "list the formats: name, suffix, what reads it"),
		SHOW_NAME_OPTIONS(o),
		OPT_END
	};
	struct buf epilogue = { 0 };
	struct opt_table table = {
		.command = "export",
		.synopsis = "--format FORMAT [options] [RECORDING…]",
		.summary =
			"Write a recording in a format that other programs read.  Without a "
			"name, the newest recording here; of a directory, all in it, a file each.",
		.options = options,
	};
	bool go_on;
	size_t i;

	for (i = 0; export_formats[i].name && i + 1 < FORMATS_MOST; i++)
		formats[i] = export_formats[i].name;
	for (i = 0; i < EXPORT_METRICS; i++)
		words[i] = metrics[i].word;
	describe_formats(&epilogue);
	table.epilogue = buf_text(&epilogue);
	go_on = cmd_options(&table, argc, argv, operands, status);
	buf_free(&epilogue);
	return go_on;
}

static int say_formats(void)
{
	struct buf text = { 0 };
	const struct export_format *f;

	for (f = export_formats; f->name; f++)
		buf_printf(&text, "%s%s", f == export_formats ? "" : ", ", f->name);
	cmd_say("export needs --format, one of: %s; tidemark export --help says what reads them",
		buf_text(&text));
	buf_free(&text);
	return EXIT_USAGE;
}

static int settle_metric(const struct choices *c, struct exporting *x)
{
	const struct export_format *f = x->format;
	struct buf text = { 0 };
	size_t i;

	x->metric = f->metric;
	if (c->metric < 0)
		return EXIT_SUCCESS;
	if (f->metrics & 1u << c->metric) {
		x->metric = (enum export_metric)c->metric;
		return EXIT_SUCCESS;
	}
	for (i = 0; i < EXPORT_METRICS; i++)
		if (f->metrics & 1u << i)
			buf_printf(&text, "%s%s", text.bytes ? ", " : "", metrics[i].word);
	if (text.bytes)
		cmd_say("--metric %s: %s takes %s", metrics[c->metric].word, f->name,
			buf_text(&text));
	else
		cmd_say("--metric: %s holds all numbers at once; leave the option out", f->name);
	buf_free(&text);
	return EXIT_USAGE;
}

static int settle(const struct choices *c, struct exporting *x, struct filter *filter)
{
	struct show_options *o = &x->show;
	struct err e;

	if (c->format < 0)
		return say_formats();
	x->format = &export_formats[c->format];
	x->output = c->output;
	o->analyze.all_frames = !c->user_frames && !x->format->marks_hidden;
	if (c->filter && filter_parse(filter, c->filter, &e))
		return cmd_fail(EXIT_USAGE, &e);
	o->analyze.filter = filter;
	show_settle_names(o);
	return settle_metric(c, x);
}

static bool is_directory(const char *path)
{
	struct stat s;

	return !stat(path, &s) && S_ISDIR(s.st_mode);
}

static bool is_written(const struct exporting *x, const char *path)
{
	size_t i;

	for (i = 0; i < x->written.count; i++)
		if (!strcmp(x->written.paths[i], path))
			return true;
	return false;
}

/* PROGRAM.PID.SUFFIX, with a number when this very command has written one of that name. */
static void name_output(const struct exporting *x, const struct model *m, struct buf *path)
{
	const char *program = util_basename(m->program);
	unsigned number;

	for (number = 1; !number || number < 1000; number++) {
		buf_reset(path);
		if (x->output)
			buf_printf(path, "%s/", x->output);
		buf_printf(path, "%s.%u", *program ? program : "program", m->pid);
		if (number > 1)
			buf_printf(path, "-%u", number);
		buf_printf(path, ".%s", x->format->suffix);
		if (path->failed || !is_written(x, path->data))
			return;
	}
}

/* What show_view() hands on. */
struct writing {
	const struct exporting *x;
	FILE *out;
	struct progress progress;
	bool refused;
};

static void show_progress(void *user, size_t done, size_t all)
{
	struct writing *w = user;

	if (all)
		progress_show(&w->progress, "writing %s: %zu of %zu", w->x->format->name, done,
			      all);
}

static int write_view(void *user, struct view *v)
{
	struct writing *w = user;
	struct export_context c = {
		.out = w->out,
		.version = PACKAGE_VERSION,
		.metric = w->x->metric,
		.progress = show_progress,
		.user = w,
	};
	int err;

	if (c.metric == EXPORT_DEFINITE && !v->facts.leaks) {
		cmd_say("%s: has no leaks to show: %s", v->facts.path, v->facts.scan.why);
		w->refused = true;
		return 0;
	}
	progress_begin(&w->progress);
	err = w->x->format->write(&c, v);
	progress_end(&w->progress);
	return err;
}

static int write_to(const struct exporting *x, const char *recording, const struct model *m,
		    const char *path)
{
	struct writing w = { .x = x };
	struct output o;
	struct err e;
	int status;

	if (output_open(&o, path, &e))
		return cmd_fail(EXIT_USAGE, &e);
	w.out = o.stream;
	status = show_view(recording, m, &x->show, write_view, &w);
	if (w.refused)
		status = EXIT_USAGE;
	if (status)
		output_discard(&o);
	else if (output_commit(&o, &e))
		status = cmd_fail(EXIT_USAGE, &e);
	return status;
}

/* The name for scripts, and for people what to do with it. */
static void tell(struct exporting *x, const char *path)
{
	find_path(&x->written, path);
	printf("%s\n", path);
	if (isatty(STDOUT_FILENO))
		printf("  open it with: %s %s\n", x->format->opener, path);
}

static int export_one(struct exporting *x, const char *recording)
{
	bool here = !x->output || is_directory(x->output);
	struct buf path = { 0 };
	struct model m;
	int status = show_load(recording, &m);

	if (status)
		return status;
	if (here)
		name_output(x, &m, &path);
	else
		buf_puts(&path, x->output);
	status = path.failed ? EXIT_USAGE : write_to(x, recording, &m, path.data);
	if (!status && here)
		tell(x, path.data);
	buf_free(&path);
	model_free(&m);
	return status;
}

static int export_all(struct exporting *x)
{
	int status = EXIT_SUCCESS, this;
	size_t i;

	if (x->recordings.count > 1 && x->output && !is_directory(x->output)) {
		cmd_say("%zu recordings do not fit into %s; name one of them, or a directory after "
			"-o, or leave -o out for a file each",
			x->recordings.count, strcmp(x->output, "-") ? x->output : "one stream");
		return EXIT_USAGE;
	}
	if (x->output && !strcmp(x->output, "-") && x->format->binary && isatty(STDOUT_FILENO)) {
		cmd_say("%s is no text for a terminal; -o FILE, or a pipe behind -o -",
			x->format->name);
		return EXIT_USAGE;
	}
	for (i = 0; i < x->recordings.count; i++) {
		this = export_one(x, x->recordings.paths[i]);
		status = this ? this : status;
	}
	return status;
}

static int run_export(int argc, char **argv)
{
	struct choices c = { .format = -1, .metric = -1 };
	struct exporting x = { .format = NULL };
	struct filter filter = { .count = 0 };
	int operands, status;

	show_defaults(&x.show);
	if (!parse(argc, argv, &c, &x.show, &operands, &status))
		return status;
	if (c.list) {
		list_formats();
		return EXIT_SUCCESS;
	}
	status = settle(&c, &x, &filter);
	if (!status)
		status = find_operands(&x.recordings, argv + 1, operands);
	if (!status)
		status = export_all(&x);
	find_free(&x.recordings);
	find_free(&x.written);
	return status;
}

const struct command command_export = {
	"export",
	"writes a recording for pprof, Massif, DHAT, flame graphs, SQL and others",
	run_export,
};
