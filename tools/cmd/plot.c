/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tidemark plot: memory over time, as a picture or in the terminal. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/output.h"
#include "base/util.h"
#include "cmd/cmd.h"
#include "cmd/find.h"
#include "cmd/show.h"
#include "plot/braille.h"
#include "plot/collect.h"
#include "plot/draw.h"
#include "plot/mprof.h"

#define WIDTH	    1000
#define HEIGHT	    520
#define COLUMNS	    80
#define LINES_MOST  40 /* processes drawn, the largest of them */
#define MAGIC_BYTES 8

static const char *const formats[] = { "svg", "png", "pdf", NULL };

struct plotting {
	const char *output;
	int format; /* -1 = by the name of the output */
	uint64_t width;
	uint64_t height;
	struct show_options show;
	struct find_list recordings;
	struct plot plot;
};

/* A recording among several. */
struct one {
	const char *path;
	uint64_t start_ns;
	uint64_t end_ns;
	int64_t peak_bytes;
};

static int take_one(void *user, struct view *v)
{
	return collect_one(user, v);
}

struct line {
	struct plot *plot;
	double offset_s;
	bool first;
	bool tree;
};

static int take_line(void *user, struct view *v)
{
	const struct line *l = user;
	int err = collect_line(l->plot, v, l->offset_s, l->first);

	return !err && l->first && l->tree ? collect_tree(l->plot, v) : err;
}

static int by_start(const void *a, const void *b)
{
	const struct one *x = a, *y = b;

	return x->start_ns < y->start_ns ? -1 : x->start_ns > y->start_ns;
}

static int by_most(const void *a, const void *b)
{
	const struct plot_line *x = a, *y = b;

	return x->most > y->most ? -1 : x->most < y->most;
}

static int survey(const struct plotting *g, struct one *all)
{
	struct model m;
	int status;

	for (size_t i = 0; i < g->recordings.count; i++) {
		status = show_load(g->recordings.paths[i], &m);
		if (status)
			return status;
		all[i] = (struct one){ g->recordings.paths[i], m.start_unix_ns,
				       m.start_unix_ns + m.duration_us * 1000, m.peak_bytes };
		model_free(&m);
	}
	qsort(all, g->recordings.count, sizeof(*all), by_start);
	return EXIT_SUCCESS;
}

/* Processes of one run began while the first of them ran; others are laid one upon the other. */
static bool are_one_run(const struct one *all, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		if (all[i].start_ns > all[0].end_ns)
			return false;
	}
	return true;
}

static int name_several(struct plot *p, const struct one *all, size_t count, bool tree)
{
	struct buf text = { 0 };

	buf_printf(&text, "%.80s%s", util_basename(all[0].path), count > 1 ? " and others" : "");
	p->title = strdup(buf_text(&text));
	buf_reset(&text);
	buf_printf(&text, "%zu %s; what was live in each", count,
		   tree ? "processes of one run" : "recordings, each from its own start");
	p->subtitle = strdup(buf_text(&text));
	buf_free(&text);
	return p->title && p->subtitle ? EXIT_SUCCESS : EXIT_USAGE;
}

static void keep_largest(struct plot *p)
{
	qsort(p->lines, p->line_count, sizeof(*p->lines), by_most);
	for (; p->line_count > LINES_MOST; p->line_count--) {
		free(p->lines[p->line_count - 1].name);
		free(p->lines[p->line_count - 1].points);
	}
}

static int load_several(struct plotting *g)
{
	size_t count = g->recordings.count, i;
	struct one *all = calloc(count, sizeof(*all));
	int status = all ? survey(g, all) : EXIT_USAGE;
	bool tree = !status && are_one_run(all, count);
	struct model m;

	g->show.symbols = false;
	for (i = 0; i < count && !status; i++) {
		struct line line = { &g->plot, 0, i == 0, tree };

		if (tree)
			line.offset_s = (double)(all[i].start_ns - all[0].start_ns) / 1e9;
		status = show_load(all[i].path, &m);
		if (status)
			break;
		status = show_view(all[i].path, &m, &g->show, take_line, &line);
		model_free(&m);
	}
	if (!status)
		status = name_several(&g->plot, all, count, tree);
	if (!status)
		keep_largest(&g->plot);
	free(all);
	return status;
}

static bool is_recording(const char *path)
{
	char magic[MAGIC_BYTES] = "";
	FILE *f = fopen(path, "re");
	bool is = f && fread(magic, 1, sizeof(magic), f) == sizeof(magic) &&
		  !memcmp(magic, "TIDEMARK", sizeof(magic));

	if (f)
		fclose(f);
	return is;
}

static int load(struct plotting *g)
{
	const char *path = g->recordings.paths[0];
	struct model m;
	struct err e;
	int status, err;

	if (g->recordings.count > 1)
		return load_several(g);
	if (!is_recording(path)) {
		err = mprof_read(&g->plot, path, &e);
		if (!err)
			return EXIT_SUCCESS;
		return cmd_fail(err == -EBADMSG ? EXIT_UNREADABLE : EXIT_USAGE, &e);
	}
	status = show_load(path, &m);
	if (status)
		return status;
	status = show_view(path, &m, &g->show, take_one, &g->plot);
	model_free(&m);
	return status;
}

/* By the name of the file, unless it was said. */
static int find_format(struct plotting *g)
{
	const char *dot = g->output ? strrchr(g->output, '.') : NULL;

	if (!g->output && g->format >= 0) {
		cmd_say("--format %s is for a file; name one by -o, or - for standard output",
			formats[g->format]);
		return EXIT_USAGE;
	}
	for (int i = 0; g->format < 0 && dot && formats[i]; i++) {
		if (!strcmp(dot + 1, formats[i]))
			g->format = i;
	}
	if (!g->output || g->format >= 0)
		return EXIT_SUCCESS;
	cmd_say("%s: a picture is .svg, .png or .pdf; --format says which when the name does not",
		g->output);
	return EXIT_USAGE;
}

static int write_file(const struct plotting *g)
{
	struct output o;
	struct err e;

	if (output_open(&o, g->output, &e) < 0)
		return cmd_fail(EXIT_USAGE, &e);
	if (draw_file(&g->plot, (enum draw_kind)g->format, o.stream, (double)g->width,
		      (double)g->height, &e) < 0) {
		/* The stream knows why better than the drawing does. */
		fflush(o.stream);
		if (o.error)
			return output_commit(&o, &e) < 0 ? cmd_fail(EXIT_USAGE, &e) : EXIT_USAGE;
		output_discard(&o);
		return cmd_fail(EXIT_USAGE, &e);
	}
	return output_commit(&o, &e) < 0 ? cmd_fail(EXIT_USAGE, &e) : EXIT_SUCCESS;
}

static int write_plot(struct plotting *g)
{
	struct render_style style = show_style(STDOUT_FILENO);

	plot_settle(&g->plot);
	if (g->output)
		return write_file(g);
	braille_draw(&g->plot, stdout, style.columns ? style.columns : COLUMNS, style.utf8);
	if (fflush(stdout) == 0)
		return EXIT_SUCCESS;
	cmd_say("standard output: %s", strerror(errno));
	return EXIT_USAGE;
}

static int run(int argc, char **argv)
{
	struct plotting g = { .format = -1, .width = WIDTH, .height = HEIGHT };
	const struct opt options[] = {
		OPT_STRING("output", 'o', &g.output, "FILE",
			   "an SVG, PNG or PDF file, by its name; else drawn in the terminal"),
		OPT_CHOICE("format", 0, &g.format, formats, "FORMAT", "what kind of file it is"),
		OPT_NUMBER("width", 0, &g.width, 500, 10000, "POINTS", "of the picture (1000)"),
		OPT_NUMBER("height", 0, &g.height, 240, 10000, "POINTS", "of the picture (520)"),
		OPT_END
	};
	const struct opt_table table = {
		.command = "plot",
		.synopsis = "[options] [RECORDING…]",
		.summary = "Draws memory over time: of one recording who held it, of several a "
			   "line for each.  Files of mprof are drawn as well.",
		.options = options,
	};
	int operands, status;

	show_defaults(&g.show);
	if (!cmd_options(&table, argc, argv, &operands, &status))
		return status;
	unsetenv("DEBUGINFOD_URLS");
	status = find_format(&g);
	if (!status)
		status = find_operands(&g.recordings, argv + 1, operands);
	if (!status)
		status = load(&g);
	if (!status)
		status = write_plot(&g);
	plot_free(&g.plot);
	find_free(&g.recordings);
	return status;
}

const struct command command_plot = {
	"plot",
	"memory over time as SVG, PNG or PDF, or in the terminal",
	run,
};
